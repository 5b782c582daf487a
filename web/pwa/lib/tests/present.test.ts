// Showing cards: what a person switches on and nothing else, one-time copies, refusals on the way (CR54,
// F1, F2, F8, F9, F10, F11, F12, F13, F14), and the wallet's own key shown in silence.

import { generateKey } from "@resonate/lib/platform/webcrypto";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { verifyCard } from "../card.ts";
import { copiesOf, keepCopy, reserve } from "../copies.ts";
import { type Driver, drive, type End } from "../drive.ts";
import { disclosures } from "../history.ts";
import { verifyPresentation } from "../kb.ts";
import { guard } from "../opened.ts";
import { pendings } from "../outbox.ts";
import { present } from "../present.ts";
import type { Question, Reply } from "../questions.ts";
import { join } from "../receive.ts";
import { split } from "../sdjwt.ts";
import { verifySelfIssued } from "../siop.ts";
import type { Outcome } from "../step.ts";
import { unlockRoot } from "../vault/open.ts";
import { askFor, Coop, ISSUER, issueCard, LISTEN, ok, POLICY } from "./coop.ts";
import { credentials } from "./corpus.ts";
import { newWallet, passkey, type TestWallet, worldAt } from "./wallets.ts";

const START = 1_795_251_600;
const tab = "t";
const FACTS = ["handle", "tier", "locale", "age_over_16"];

let world: ReturnType<typeof worldAt>;
let wallet: TestWallet;
let coop: Coop;
let questions: Question[];

beforeEach(async () => {
  world = worldAt(START);
  wallet = await newWallet(world);
  coop = await Coop.open(world.now);
  questions = [];
});

async function hold(
  copies: number,
  vct = `${ISSUER}/vct/listener/1`,
  status?: { uri: string; idx: number },
): Promise<void> {
  const exp = START + 864_000;
  for (let i = 0; i < copies; i++) {
    const key = await generateKey();
    const issue = { cnf: key.jwk, vct, iss: ISSUER, exp, facts: coop.facts };
    const token = await issueCard(coop.key, status ? { ...issue, status } : issue);
    const trusted = {
      iss: ISSUER,
      vcts: [vct],
      keys: [{ key: coop.key.jwk, kid: "cards-1" }],
      statusKeys: [],
    };
    const card = await verifyCard(token, { now: START, issuers: [trusted], vcts: [vct] });
    const { claims } = card;
    await wallet.store.write(
      await keepCopy(wallet.opened, key, {
        vct,
        iss: ISSUER,
        exp,
        token,
        claims,
        status: card.status,
      }),
    );
  }
}

type Answering = (question: Question) => Reply | Promise<Reply>;

/** Switches on every fact that is asked for. */
const everything: Answering = (question) => {
  if (question.ask !== "show") return { say: "no" };
  return {
    say: "show",
    on: Object.fromEntries(
      question.cards.map(({ id, facts }) => [id, facts.map(({ key }) => key)]),
    ),
  };
};

function driver(ask: Answering): Driver {
  return {
    store: wallet.store,
    send: coop.send,
    ask: async (question) => {
      questions.push(question);
      return ask(question);
    },
  };
}

function run(url: string, ask: Answering = everything): Promise<End> {
  return drive(present(wallet.opened, POLICY, { url, tab }), driver(ask));
}

/** What the verifier got: the presentation of the one card, checked by its rules. */
async function shown(at = -1) {
  const { form } = coop.to("/vp/s").at(at) ?? { form: {} as Record<string, string> };
  const { card } = JSON.parse(form.vp_token ?? "{}");
  return { form, token: String(card?.[0]) };
}

async function verified(url: string, at = -1) {
  const vct = `${ISSUER}/vct/listener/1`;
  const trusted = {
    iss: ISSUER,
    vcts: [vct],
    keys: [{ key: coop.key.jwk, kid: "cards-1" }],
    statusKeys: [],
  };
  const { token } = await shown(at);
  const nonce = new URL(url).searchParams.get("nonce") ?? "";
  const aud = new URL(url).searchParams.get("client_id") ?? "";
  return verifyPresentation(token, {
    now: START,
    issuers: [trusted],
    vcts: [vct],
    aud,
    nonce,
    signs: [],
  });
}

async function states(): Promise<string[]> {
  return (await copiesOf(wallet.opened)).map(({ state }) => state).sort();
}

describe("an answer", () => {
  it("shows what was switched on, to whom it was asked for, and spends the copy", async () => {
    await hold(2);
    const url = askFor(FACTS);
    const some: Answering = (question) => {
      if (question.ask !== "show") return { say: "no" };
      const [first] = question.cards[0]?.facts ?? [];
      return { say: "show", on: { card: [first?.key ?? ""] } };
    };
    const end = await run(url, some);
    expect(end).toEqual({
      kind: "done",
      outcome: { kind: "shown", go: `${ISSUER}/back#response_code=c` },
    });
    expect((await verified(url)).claims).toEqual({ handle: "quiet-otter" });
    expect(await states()).toEqual(["fresh", "shown"]);
    expect(disclosures(wallet.opened)).toMatchObject([
      { origin: ISSUER, name: "localhost:8080", facts: ["handle"], end: "accepted" },
    ]);
  });
  it("every switch is off at first; the verifier is named by its host; new facts are marked", async () => {
    await hold(3);
    await run(askFor(["handle"]));
    await run(askFor(["handle", "tier"]));
    const [first, second] = questions;
    expect(first).toMatchObject({
      ask: "show",
      act: "show",
      verifier: { name: "localhost:8080", origin: ISSUER, proof: "loopback", isFirstTime: true },
    });
    expect(second).toMatchObject({
      verifier: { isFirstTime: false },
      cards: [
        {
          facts: [
            { name: "handle", isNew: false, value: "quiet-otter" },
            { name: "tier", isNew: true },
          ],
        },
      ],
    });
    expect(JSON.stringify(first)).not.toContain("isOn");
  });
  it("disclosed is what was switched on, for any choice", async () => {
    await hold(30);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...FACTS), { minLength: 1 }), async (on) => {
        const url = askFor(FACTS);
        const end = await run(url, (question) => {
          if (question.ask !== "show") return { say: "no" };
          const facts = question.cards[0]?.facts.filter(({ name }) => on.includes(name)) ?? [];
          return { say: "show", on: { card: facts.map(({ key }) => key) } };
        });
        expect(end.kind).toBe("done");
        expect(Object.keys((await verified(url)).claims).sort()).toEqual([...on].sort());
        expect(split((await shown()).token).disclosures.length).toBe(on.length);
      }),
      { numRuns: 25 },
    );
  });
  it("nothing switched on is a no; a no is told, and nothing is spent", async () => {
    await hold(1);
    const nothing: Answering = () => ({ say: "show", on: {} });
    for (const say of [nothing, (): Reply => ({ say: "no" })]) {
      expect(await run(askFor(FACTS), say)).toMatchObject({ outcome: { kind: "declined" } });
      expect((await shown()).form).toMatchObject({ error: "access_denied" });
    }
    expect(await states()).toEqual(["fresh"]);
    expect(disclosures(wallet.opened)).toEqual([]);
  });
  it("another device's number goes along, and leads nowhere", async () => {
    await hold(1);
    const url = askFor(["handle"], { resonate_device: "other" });
    const end = await run(
      url,
      async (question) => ({ ...(await everything(question)), number: "42" }) as Reply,
    );
    expect(questions[0]).toMatchObject({ otherDevice: true });
    expect((await shown()).form.number).toBe("42");
    expect(end).toEqual({ kind: "done", outcome: { kind: "shown", go: null } });
  });
  it("leads back to the verifier's own origin or the co-op's, nowhere else", async () => {
    await hold(3);
    const to = async (redirect_uri: string): Promise<Outcome | null> => {
      coop.bend = () => ok({ redirect_uri });
      const end = await run(askFor(["handle"]));
      return end.kind === "done" ? end.outcome : null;
    };
    expect(await to(`${LISTEN}/purse`)).toEqual({ kind: "shown", go: `${LISTEN}/purse` });
    expect(await to("https://evil.example/x")).toEqual({ kind: "shown", go: null });
    expect(await to("javascript:alert(1)")).toEqual({ kind: "shown", go: null });
  });
});

describe("what is not answered", () => {
  it("no card of the type (F8), and a card without the fact (F8)", async () => {
    const none = await run(askFor(["good_standing"], {}, `${ISSUER}/vct/member/1`));
    expect(none).toMatchObject({ failure: { code: 8, about: `${ISSUER}/vct/member/1` } });
    await hold(1);
    expect(await run(askFor(["good_standing"]))).toMatchObject({ failure: { code: 8 } });
    expect(coop.seen).toEqual([]);
  });
  it("all copies used, or withdrawn (F9)", async () => {
    await hold(1);
    await run(askFor(["handle"]));
    expect(await run(askFor(["handle"]))).toMatchObject({
      failure: { code: 9, word: "no-copy-left" },
    });
    const uri = `${ISSUER}/status/1`;
    await hold(1, `${ISSUER}/vct/member/1`, { uri, idx: 3 });
    const list = {
      uri,
      bits: 1,
      bytes: new Uint8Array([8]),
      iat: START,
      exp: START + 900,
      ttl: 900,
    };
    await wallet.store.write([{ table: "cache", key: `status:${uri}`, put: list }]);
    const end = await run(askFor(["handle"], {}, `${ISSUER}/vct/member/1`));
    expect(end).toMatchObject({ failure: { code: 9, word: "revoked" } });
  });
  it("a copy that ends within the minute is not sent (F9)", async () => {
    await hold(1);
    world.ahead(864_000 - 30);
    expect(await run(askFor(["handle"]))).toMatchObject({ failure: { code: 9 } });
  });
  const other = "http://app.localhost:9000/vp/s";
  const asker = { client_id: `redirect_uri:${other}`, response_uri: other };
  for (const fact of ["account", "listener"]) {
    it(`${fact} asked by an app that it was not made for (CR54, F10)`, async () => {
      await hold(1);
      expect(await run(askFor([fact], asker))).toMatchObject({
        failure: { code: 10, about: fact },
      });
      expect(questions).toEqual([]);
      expect(coop.seen).toEqual([]);
      expect(await states()).toEqual(["fresh"]);
    });
  }
  it("the same facts are shown where they belong (CR54)", async () => {
    await hold(2);
    expect(await run(askFor(["account"]))).toMatchObject({ outcome: { kind: "shown" } });
    const listen = `${LISTEN}/vp/s`;
    const by = { client_id: `redirect_uri:${listen}`, response_uri: listen };
    expect(await run(askFor(["listener"], by))).toMatchObject({ outcome: { kind: "shown" } });
  });
  it("a request that is not made right, or late (F1, F2)", async () => {
    await hold(1);
    const bad: [Record<string, unknown>, number][] = [
      [{ nonce: "short" }, 1],
      [{ response_mode: "fragment" }, 1],
      [{ client_id: "redirect_uri:http://evil.localhost/s" }, 1],
      [{ exp: START - 100 }, 2],
    ];
    for (const [more, code] of bad) {
      expect(await run(askFor(["handle"], more))).toMatchObject({ failure: { code } });
    }
    expect(coop.seen).toEqual([]);
    expect(await states()).toEqual(["fresh"]);
  });
  it("transaction data nobody knows are refused, and the verifier is told (CR52, F1)", async () => {
    await hold(1);
    const [play] = credentials.transaction_data;
    const end = await run(askFor(["handle"], { transaction_data: JSON.stringify([play?.string]) }));
    expect(end).toMatchObject({ failure: { code: 1, word: "request-transaction-data" } });
    expect(coop.to("/vp/s").map(({ form }) => form.error)).toEqual(["invalid_transaction_data"]);
  });
});

describe("after sending, the copy is spent whatever the answer", () => {
  it("a refusal names its reason (F11)", async () => {
    await hold(1);
    coop.bend = () => ({
      status: 400,
      headers: {},
      body: '{"error":"invalid_request","reason":"kb-nonce"}',
    });
    expect(await run(askFor(["handle"]))).toMatchObject({
      failure: { code: 11, word: "kb-nonce", status: 400 },
    });
    expect(await states()).toEqual(["shown"]);
    expect(disclosures(wallet.opened)).toMatchObject([{ end: "refused" }]);
  });
  it("no answer is marked unknown (F12)", async () => {
    await hold(1);
    coop.bend = () => null;
    expect(await run(askFor(["handle"]))).toMatchObject({ failure: { code: 12, step: "answer" } });
    expect(await states()).toEqual(["shown"]);
    expect(disclosures(wallet.opened)).toMatchObject([{ end: "unknown" }]);
  });
  it("a redirect is not followed (CR53)", async () => {
    await hold(1);
    coop.bend = () => ({ status: 0, headers: {}, body: "" });
    expect(await run(askFor(["handle"]))).toMatchObject({
      failure: { code: 1, word: "request-redirected" },
    });
    expect(await states()).toEqual(["shown"]);
  });
  it("the history stands before anything is sent", async () => {
    await hold(1);
    let seen = "";
    coop.bend = (_, answer) => {
      seen = disclosures(wallet.opened)[0]?.end ?? "nothing";
      return answer;
    };
    await run(askFor(["handle"]));
    expect(seen).toBe("sent");
  });
});

describe("money is a guarded act (F14)", () => {
  const [, payment] = credentials.transaction_data;
  const url = () => {
    const query = {
      credentials: [
        {
          id: "payer",
          format: "dc+sd-jwt",
          meta: { vct_values: [`${ISSUER}/vct/listener/1`] },
          claims: [{ path: ["tier"] }],
        },
      ],
    };
    return askFor([], {
      dcql_query: JSON.stringify(query),
      transaction_data: JSON.stringify([payment?.string]),
    });
  };
  it("without a new touch nothing is signed", async () => {
    await hold(1);
    expect(await run(url())).toMatchObject({ failure: { code: 14 } });
    const stale = { vaultId: wallet.opened.vaultId, at: START - 61 };
    const guarded = async (question: Question) =>
      ({ ...(await everything(question)), guard: stale }) as Reply;
    expect(await run(url(), guarded)).toMatchObject({ failure: { code: 14 } });
    expect(await states()).toEqual(["fresh"]);
    expect(coop.seen).toEqual([]);
  });
  it("with one, the text as sent is signed along", async () => {
    await hold(1);
    const root = await unlockRoot(wallet.document, passkey());
    const proof = guard(root, world.now());
    expect(root.copyBytes().every((byte) => byte === 0)).toBe(true);
    const guarded = async (question: Question) =>
      ({ ...(await everything(question)), guard: proof }) as Reply;
    expect(await run(url(), guarded)).toMatchObject({ outcome: { kind: "shown" } });
    expect(questions[0]).toMatchObject({
      act: "pay",
      isGuarded: true,
      signs: [{ amount: "1022000" }],
    });
    const { form } = await shown();
    const [token] = JSON.parse(form.vp_token ?? "{}").payer;
    const [, claims = ""] = (split(token).binding ?? "").split(".");
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
      transaction_data_hashes: [payment?.sha256],
      transaction_data_hashes_alg: "sha-256",
    });
    expect(disclosures(wallet.opened)).toMatchObject([{ signed: [payment?.string] }]);
  });
});

describe("one-time copies in several tabs", () => {
  it("none is shown twice under any interleaving", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 2, max: 4 }),
        fc.scheduler(),
        async (copies, tabs, s) => {
          wallet = await newWallet(world);
          coop.seen.length = 0;
          await hold(copies);
          const write = wallet.store.write.bind(wallet.store);
          wallet.store.write = s.scheduleFunction(write);
          const { send } = coop;
          const slow = { ...driver(everything), send: s.scheduleFunction(send) };
          const ends = Promise.all(
            Array.from({ length: tabs }, () =>
              drive(present(wallet.opened, POLICY, { url: askFor(["handle"]), tab }), slow),
            ),
          );
          await s.waitFor(ends);
          const keys = coop
            .to("/vp/s")
            .map(({ form }) => JSON.parse(form.vp_token ?? "{}").card[0].split("~")[0]);
          expect(new Set(keys).size).toBe(keys.length);
          expect(keys.length).toBe(Math.min(copies, tabs));
          const failed = (await ends).filter(({ kind }) => kind === "failed");
          expect(failed.length).toBe(tabs - keys.length);
          for (const one of failed) expect(one).toMatchObject({ failure: { code: 9 } });
        },
      ),
      { numRuns: 12 },
    );
  }, 60_000);
  it("a tab that ended between reserving and sending leaves a copy that is never used again", async () => {
    await hold(1);
    const [copy] = await copiesOf(wallet.opened);
    if (!copy) throw new Error("no copy");
    expect(await wallet.store.write([reserve(copy)])).toBe(true);
    expect(await wallet.store.write([reserve(copy)])).toBe(false);
    expect(await run(askFor(["handle"]))).toMatchObject({ failure: { code: 9 } });
  });
});

describe("the wallet's own key", () => {
  const request = () =>
    askFor([], { response_type: "id_token", scope: "openid", dcql_query: undefined });
  const leave = () =>
    drive(
      join(wallet.opened, POLICY, { handle: "a", admission: "b", tab, returnTo: null }),
      driver(everything),
    );

  it("is shown without a screen to the issuer this tab left for, once", async () => {
    await leave();
    const url = request();
    expect(await run(url)).toMatchObject({ outcome: { kind: "shown" } });
    const { form } = await shown();
    const { searchParams } = new URL(url);
    const want = {
      aud: searchParams.get("client_id") ?? "",
      nonce: searchParams.get("nonce") ?? "",
      now: START,
    };
    await verifySelfIssued(form.id_token ?? "", want);
    expect(questions).toEqual([]);
    expect((await pendings(wallet.opened))[0]?.isAnswered).toBe(true);
    expect(await run(request())).toMatchObject({ failure: { code: 13 } });
  });
  it("is shown to nobody else, and in no other tab (F13)", async () => {
    await leave();
    const other = "http://app.localhost:9000/vp/s";
    const by = {
      client_id: `redirect_uri:${other}`,
      response_uri: other,
      response_type: "id_token",
      scope: "openid",
      dcql_query: undefined,
    };
    expect(await run(askFor([], by))).toMatchObject({ failure: { code: 13 } });
    const elsewhere = present(wallet.opened, POLICY, { url: request(), tab: "another" });
    expect(await drive(elsewhere, driver(everything))).toMatchObject({ failure: { code: 13 } });
    expect(coop.to("/vp/s")).toEqual([]);
  });
});
