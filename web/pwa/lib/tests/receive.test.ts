// Taking cards: joining, offers, desks, waiting; each card checked before it is stored (CR55), and the
// failures a person is shown on the way (F4, F5, F6, F7, F11, F12, F13, F17, F19, F22).

import { signJws } from "@resonate/lib/jws";
import { generateKey } from "@resonate/lib/platform/webcrypto";
import { beforeEach, describe, expect, it } from "vitest";
import { copiesOf, isLow, renewAt, stock } from "../copies.ts";
import { drive, type End } from "../drive.ts";
import { loginOf } from "../login.ts";
import { deferreds, pendings } from "../outbox.ts";
import { addPersona, findOfferKey, offerKeys, personas, usePersona } from "../personas.ts";
import type { Question, Reply } from "../questions.ts";
import { askAgain, join, renew, resume, takeOffer } from "../receive.ts";
import type { Flow, HttpAnswer } from "../step.ts";
import { type Asked, Coop, ISSUER, no, ok, POLICY, WALLET } from "./coop.ts";
import { newWallet, type TestWallet, worldAt } from "./wallets.ts";

const START = 1_795_251_600;
const tab = "t";
const from = { tab, returnTo: "/listen" };

let world: ReturnType<typeof worldAt>;
let wallet: TestWallet;
let coop: Coop;
let replies: Reply[];
let questions: Question[];

beforeEach(async () => {
  world = worldAt(START);
  wallet = await newWallet(world);
  coop = await Coop.open(world.now);
  replies = [];
  questions = [];
});

function run(flow: Flow): Promise<End> {
  return drive(flow, {
    store: wallet.store,
    send: coop.send,
    ask: async (question) => {
      questions.push(question);
      const reply = replies.shift();
      if (!reply) throw new Error(`nobody answers ${question.ask}`);
      return reply;
    },
  });
}

async function left(): Promise<string> {
  const [pending] = await pendings(wallet.opened);
  return `${WALLET}/cb?code=c&state=${pending?.id}&iss=${encodeURIComponent(ISSUER)}`;
}

async function joined(): Promise<End> {
  await run(join(wallet.opened, POLICY, { ...from, handle: "quiet-otter", admission: "pow:c:1" }));
  return run(resume(wallet.opened, POLICY, { url: await left() }));
}

describe("joining", () => {
  it("pushes what it wants, leaves the page, and comes back with twenty cards", async () => {
    const wish = { ...from, handle: "quiet-otter", admission: "pow:c:1" };
    const end = await run(join(wallet.opened, POLICY, wish));
    expect(end).toMatchObject({ kind: "done", outcome: { kind: "go" } });
    const [pushed] = coop.to("/par");
    expect(pushed?.form).toMatchObject({
      client_id: "resonate-wallet",
      prompt: "create",
      acr_values: "urn:resonate:acr:wallet",
      login_hint: "quiet-otter",
      resonate_admission: "pow:c:1",
      code_challenge_method: "S256",
      redirect_uri: `${WALLET}/cb`,
    });
    const url = await left();
    expect(await run(resume(wallet.opened, POLICY, { url }))).toEqual({
      kind: "done",
      outcome: { kind: "received", vct: coop.vct, copies: 20, go: "/listen" },
    });
    expect(stock(await copiesOf(wallet.opened), START)).toMatchObject([{ fresh: 20 }]);
    const jwks = await Promise.all(
      (await copiesOf(wallet.opened)).map((c) => wallet.store.get("keys", c.id)),
    );
    expect(new Set(jwks.map((row) => JSON.stringify((row as { jwk: unknown }).jwk))).size).toBe(20);
    expect(coop.to("/notification")[0]?.json).toEqual({
      notification_id: "n-1",
      event: "credential_accepted",
    });
  });
  it("nothing that is kept in the clear names a card, a handle or an app", async () => {
    await joined();
    const clear: unknown[] = [];
    for (const table of ["meta", "records", "copies", "cache", "outbox"] as const) {
      clear.push(...(await wallet.store.all(table)));
    }
    const text = JSON.stringify(clear, (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
    );
    const words = ["quiet-otter", "listener", "localhost", "acc-1", "refresh-1"];
    expect(words.filter((word) => text.includes(word))).toEqual([]);
  });
  it("renews in silence while the login stands, and leaves the page once it does not", async () => {
    await joined();
    const more = { ...from, issuer: ISSUER, configuration: "listener" };
    expect(await run(renew(wallet.opened, POLICY, more))).toMatchObject({
      outcome: { kind: "received" },
    });
    expect(coop.to("/token").at(-1)?.form).toMatchObject({
      grant_type: "refresh_token",
      refresh_token: "refresh-1",
    });
    coop.bend = ({ path }, answer) => (path === "/token" ? no(400, "invalid_grant") : answer);
    expect(await run(renew(wallet.opened, POLICY, more))).toMatchObject({
      outcome: { kind: "go" },
    });
  });
  it("the server's nonce is taken along, and asked for once more where it is wanted", async () => {
    coop.bend = ({ path, headers }, answer) => {
      const [, claims = ""] = headers.dpop?.split(".") ?? [];
      const nonce =
        path === "/par" && JSON.parse(Buffer.from(claims, "base64url").toString()).nonce;
      return path === "/par" && nonce !== "n1"
        ? no(400, "use_dpop_nonce", { "dpop-nonce": "n1" })
        : answer;
    };
    expect(await joined()).toMatchObject({ outcome: { kind: "received" } });
    expect(coop.to("/par").length).toBe(2);
  });
});

describe("a card that is not what was asked for is not taken (CR55, F19)", () => {
  let stranger: Awaited<ReturnType<typeof generateKey>>;
  beforeEach(async () => {
    stranger = await generateKey();
  });
  const metadata = (change: (json: Record<string, unknown>) => unknown) => () => {
    coop.bend = ({ path }, answer) =>
      path === "/.well-known/openid-credential-issuer"
        ? ok(change(JSON.parse(answer.body)))
        : answer;
  };
  const rows: [string, string, () => void][] = [
    [
      "with a key-binding token",
      "kb-unexpected",
      () => {
        coop.dress = async (token) =>
          token + (await signJws(stranger, { typ: "kb+jwt" }, { iat: START }));
      },
    ],
    [
      "bound to another key",
      "cnf",
      () => {
        coop.spoil = (issue) => ({ ...issue, cnf: stranger.jwk });
      },
    ],
    [
      "of another type",
      "vct",
      () => {
        coop.spoil = (issue) => ({
          ...issue,
          vct: `${ISSUER}/vct/receipt/1`,
          status: { uri: `${ISSUER}/status/1`, idx: 1 },
        });
      },
    ],
    [
      "of another issuer",
      "issuer",
      () => {
        coop.spoil = (issue) => ({ ...issue, iss: "http://evil.localhost" });
      },
    ],
    [
      "whose letters were changed",
      "signature",
      () => {
        coop.dress = async (token) => {
          const [jwt = "", ...rest] = token.split("~");
          const at = jwt.length - 20;
          const other = jwt[at] === "A" ? "B" : "A";
          return [jwt.slice(0, at) + other + jwt.slice(at + 1), ...rest].join("~");
        };
      },
    ],
    [
      "without its end",
      "claim-missing",
      () => {
        coop.spoil = ({ exp: _, ...issue }) => issue as Parameters<typeof coop.spoil>[0];
      },
    ],
    [
      "that ended",
      "expired",
      () => {
        coop.spoil = (issue) => ({ ...issue, exp: START - 100 });
      },
    ],
    [
      "that says another issuer in its metadata",
      "issuer",
      metadata((json) => ({ ...json, credential_issuer: `${ISSUER}/` })),
    ],
    [
      "of a format nobody reads",
      "unknown_credential_configuration",
      metadata((json) => ({
        ...json,
        credential_configurations_supported: { listener: { format: "mso_mdoc", vct: "v" } },
      })),
    ],
    [
      "more than were asked for",
      "credential-count",
      () => {
        coop.bend = ({ path }, answer) => {
          if (path !== "/credential") return answer;
          const { credentials, ...rest } = JSON.parse(answer.body);
          return ok({ ...rest, credentials: [...credentials, credentials[0]] });
        };
      },
    ],
    [
      "one twice",
      "cnf",
      () => {
        coop.bend = ({ path }, answer) => {
          if (path !== "/credential") return answer;
          const { credentials, ...rest } = JSON.parse(answer.body);
          return ok({ ...rest, credentials: credentials.map(() => credentials[0]) });
        };
      },
    ],
    [
      "keys named in two ways",
      "issuer",
      () => {
        coop.bend = ({ path }, answer) =>
          path === "/.well-known/jwt-vc-issuer"
            ? ok({ ...JSON.parse(answer.body), jwks_uri: `${ISSUER}/jwks` })
            : answer;
      },
    ],
  ];
  for (const [what, word, prepare] of rows) {
    it(`${what}: ${word}`, async () => {
      prepare();
      const end = await joined();
      expect(end).toMatchObject({ kind: "failed", failure: { code: 19, word } });
      expect(await copiesOf(wallet.opened)).toEqual([]);
      const told = coop.to("/notification").map(({ json }) => json.event);
      expect(told).toEqual(
        coop.to("/credential").length === 0 || told.length === 0 ? [] : ["credential_failure"],
      );
    });
  }
  it("the issuer is told of it", async () => {
    coop.spoil = (issue) => ({ ...issue, cnf: stranger.jwk });
    await joined();
    expect(coop.to("/notification").map(({ json }) => json.event)).toEqual(["credential_failure"]);
  });
  it("an issuer the co-op does not know is not even asked (F19)", async () => {
    const offer = JSON.stringify({
      credential_issuer: "https://evil.example",
      credential_configuration_ids: ["member"],
      grants: {},
    });
    const url = `${WALLET}/offer?credential_offer=${encodeURIComponent(offer)}`;
    expect(await run(takeOffer(wallet.opened, POLICY, { ...from, url }))).toMatchObject({
      failure: { code: 19 },
    });
    expect(coop.seen).toEqual([]);
  });
});

function offerAt(
  json: Record<string, unknown>,
  before: (asked: Asked) => HttpAnswer | null = () => null,
): string {
  coop.configuration = "member";
  coop.facts = { good_standing: true };
  coop.spoil = (issue) => ({ ...issue, status: { uri: `${ISSUER}/status/1`, idx: 7 } });
  const whole = { credential_issuer: ISSUER, credential_configuration_ids: ["member"], ...json };
  coop.bend = (asked, answer) => before(asked) ?? (asked.path === "/offers/r" ? ok(whole) : answer);
  return `${WALLET}/offer?credential_offer_uri=${encodeURIComponent(`${ISSUER}/offers/r`)}`;
}

describe("offers", () => {
  const module = "http://coop.localhost:8080/membership";
  const grants = { authorization_code: { issuer_state: "ref" } };

  it("one for a key of ours is taken with that key, and names no account", async () => {
    const { thumbprints, change } = await offerKeys(wallet.opened, module, 3);
    await wallet.store.write([change]);
    const url = offerAt({ grants, resonate_jkt: thumbprints[1] });
    replies = [{ say: "take" }];
    expect(await run(takeOffer(wallet.opened, POLICY, { ...from, url }))).toMatchObject({
      outcome: { kind: "go" },
    });
    expect(questions).toMatchObject([{ ask: "take", configuration: "member", copies: 10 }]);
    const [pushed] = coop.to("/par");
    expect(pushed?.form.issuer_state).toBe("ref");
    expect(pushed?.form.dpop_jkt).toBe(thumbprints[1]);
    expect(pushed?.form.login_hint).toBeUndefined();
    const end = await run(resume(wallet.opened, POLICY, { url: await left() }));
    expect(end).toMatchObject({ outcome: { kind: "received", copies: 10 } });
    // Any device of this vault renews it: its login is synced.
    expect(loginOf(wallet.opened, ISSUER, "member")?.kind).toBe("renewal");
  });
  it("one for another persona's key says so and stays good (F4)", async () => {
    const { persona, change } = await addPersona(wallet.opened, "other");
    const other = usePersona(wallet.opened, persona);
    const given = await offerKeys(other, module, 1);
    await wallet.store.write([change, given.change]);
    const url = offerAt({ grants, resonate_jkt: given.thumbprints[0] });
    const end = await run(takeOffer(wallet.opened, POLICY, { ...from, url }));
    expect(end).toMatchObject({ failure: { code: 4, about: persona.id } });
    expect(coop.to("/par")).toEqual([]);
    replies = [{ say: "take" }];
    expect(await run(takeOffer(other, POLICY, { ...from, url }))).toMatchObject({
      outcome: { kind: "go" },
    });
    expect(personas(wallet.opened).map(({ name }) => name)).toEqual(["me", "other"]);
  });
  it("one for a key of nobody here is refused (F4)", async () => {
    const url = offerAt({ grants, resonate_jkt: "x".repeat(43) });
    expect(await run(takeOffer(wallet.opened, POLICY, { ...from, url }))).toMatchObject({
      failure: { code: 4 },
    });
    expect(await findOfferKey(wallet.opened, "x".repeat(43))).toBeNull();
  });
  it("one that is not there yet is waited for, twice as long each time; the person may stop (F5)", async () => {
    let missing = 3;
    const url = offerAt({ grants }, ({ path }) =>
      path === "/offers/r" && missing-- > 0 ? no(404, "not-found") : null,
    );
    replies = [{ say: "go-on" }, { say: "go-on" }, { say: "go-on" }, { say: "take" }];
    expect(await run(takeOffer(wallet.opened, POLICY, { ...from, url }))).toMatchObject({
      outcome: { kind: "go" },
    });
    expect(questions.slice(0, 3)).toEqual(
      [2, 4, 8].map((seconds) => ({ ask: "wait", seconds, why: 5 })),
    );
    missing = 9;
    replies = [{ say: "no" }];
    expect(await run(takeOffer(wallet.opened, POLICY, { ...from, url }))).toMatchObject({
      failure: { code: 5 },
    });
  });
  it("one that was withdrawn or used is told so (F6)", async () => {
    const url = offerAt({ grants }, ({ path }) => (path === "/offers/r" ? no(410, "gone") : null));
    expect(await run(takeOffer(wallet.opened, POLICY, { ...from, url }))).toMatchObject({
      failure: { code: 6 },
    });
    const { thumbprints, change } = await offerKeys(wallet.opened, module, 1);
    await wallet.store.write([change]);
    const used = offerAt({ grants, resonate_jkt: thumbprints[0] }, ({ path }) =>
      path === "/token" ? no(400, "invalid_grant") : null,
    );
    replies = [{ say: "take" }];
    await run(takeOffer(wallet.opened, POLICY, { ...from, url: used }));
    expect(await run(resume(wallet.opened, POLICY, { url: await left() }))).toMatchObject({
      failure: { code: 6, word: "invalid_grant" },
    });
  });
  it("a person who says no takes nothing", async () => {
    const url = offerAt({ grants });
    replies = [{ say: "no" }];
    expect(await run(takeOffer(wallet.opened, POLICY, { ...from, url }))).toMatchObject({
      outcome: { kind: "declined" },
    });
    expect(coop.to("/par")).toEqual([]);
  });
  for (const link of [
    "credential_offer=%7B",
    "credential_offer_uri=ftp%3A%2F%2Fx",
    "credential_offer_uri=http%3A%2F%2Fexample.com%2Fo",
    "",
    "credential_offer=%5B%5D",
  ]) {
    it(`"${link}" is no offer`, async () => {
      const end = await run(
        takeOffer(wallet.opened, POLICY, { ...from, url: `${WALLET}/offer?${link}` }),
      );
      expect(end).toMatchObject({ kind: "failed", failure: { code: 19 } });
      expect(coop.seen).toEqual([]);
    });
  }
});

describe("a desk's offer and its code (F7)", () => {
  const grants = {
    "urn:ietf:params:oauth:grant-type:pre-authorized_code": {
      "pre-authorized_code": "pre",
      tx_code: { input_mode: "numeric", length: 6, description: "The desk tells you" },
    },
  };
  const wrong = ({ path, form }: Asked) =>
    path === "/token" && form.tx_code !== "123456" ? no(400, "invalid_grant") : null;

  it("a wrong code may be typed again", async () => {
    const url = offerAt({ grants }, wrong);
    replies = [{ say: "take" }, { say: "code", code: "000000" }, { say: "code", code: "123456" }];
    expect(await run(takeOffer(wallet.opened, POLICY, { ...from, url }))).toMatchObject({
      outcome: { kind: "received" },
    });
    expect(questions.slice(1)).toMatchObject([
      { ask: "code", left: 5, length: 6, text: "The desk tells you" },
      { ask: "code", left: 4 },
    ]);
  });
  it("five wrong ones end it (F7)", async () => {
    const url = offerAt({ grants }, wrong);
    replies = [
      { say: "take" },
      ...Array.from({ length: 5 }, (): Reply => ({ say: "code", code: "000000" })),
    ];
    expect(await run(takeOffer(wallet.opened, POLICY, { ...from, url }))).toMatchObject({
      failure: { code: 7, about: "0" },
    });
    expect(await copiesOf(wallet.opened)).toEqual([]);
  });
});

describe("a decision that takes time", () => {
  const grants = { authorization_code: {} };
  beforeEach(async () => {
    const url = offerAt({ grants }, ({ path }) =>
      path === "/credential" ? ok({ transaction_id: "t-1", interval: 86_400 }, 202) : null,
    );
    replies = [{ say: "take" }];
    await run(takeOffer(wallet.opened, POLICY, { ...from, url }));
  });
  // The test's issuer learns the keys from the proofs it saw; they are those of the first request.
  const later = async () => {
    const end = await run(resume(wallet.opened, POLICY, { url: await left() }));
    expect(end).toEqual({ kind: "done", outcome: { kind: "deferred", again: START + 86_400 } });
    const [row] = await deferreds(wallet.opened);
    return row?.id ?? "";
  };
  it("is asked about again, and the cards come for the keys of before", async () => {
    const id = await later();
    coop.bend = (_, answer) => answer;
    expect(await run(askAgain(wallet.opened, POLICY, { ...from, id }))).toMatchObject({
      outcome: { kind: "received", copies: 10 },
    });
    expect(await deferreds(wallet.opened)).toEqual([]);
  });
  it("a no ends it, and its keys go (F6)", async () => {
    const id = await later();
    const before = (await wallet.store.all("keys")).size;
    coop.bend = ({ path }, answer) =>
      path === "/deferred_credential" ? no(400, "credential_request_denied") : answer;
    expect(await run(askAgain(wallet.opened, POLICY, { ...from, id }))).toMatchObject({
      failure: { code: 6 },
    });
    expect((await wallet.store.all("keys")).size).toBe(before - 10);
  });
});

describe("on the way", () => {
  it("a busy server is waited for, as long as it says (F22)", async () => {
    let busy = 1;
    coop.bend = ({ path }, answer) =>
      path === "/par" && busy-- > 0 ? no(503, "busy", { "retry-after": "7" }) : answer;
    replies = [{ say: "go-on" }];
    expect(await joined()).toMatchObject({ outcome: { kind: "received" } });
    expect(questions).toEqual([{ ask: "wait", seconds: 7, why: 22 }]);
    busy = 9;
    replies = [{ say: "no" }];
    const wish = { ...from, handle: "a", admission: "b" };
    expect(await run(join(wallet.opened, POLICY, wish))).toMatchObject({
      failure: { code: 22, about: "7" },
    });
  });
  it("no answer keeps everything that was there (F12)", async () => {
    coop.bend = ({ path }, answer) => (path === "/token" ? null : answer);
    expect(await joined()).toMatchObject({
      failure: { code: 12, step: "token", host: "localhost:8080" },
    });
    expect(await copiesOf(wallet.opened)).toEqual([]);
  });
  it("a login comes back once, to the wallet that began it (F13)", async () => {
    await joined();
    const again = `${WALLET}/cb?code=c&state=x&iss=${encodeURIComponent(ISSUER)}`;
    expect(await run(resume(wallet.opened, POLICY, { url: again }))).toMatchObject({
      failure: { code: 13 },
    });
    await run(join(wallet.opened, POLICY, { ...from, handle: "a", admission: "b" }));
    const other = (await left()).replace(
      encodeURIComponent(ISSUER),
      encodeURIComponent("http://evil.localhost"),
    );
    expect(await run(resume(wallet.opened, POLICY, { url: other }))).toMatchObject({
      failure: { code: 13, word: "login-iss" },
    });
    world.ahead(901);
    expect(await pendings(wallet.opened)).toEqual([]);
  });
  it("the issuer's no to joining is told with its reason (F11)", async () => {
    coop.bend = ({ path }, answer) => (path === "/par" ? no(400, "admission-needed") : answer);
    const wish = { ...from, handle: "a", admission: "" };
    expect(await run(join(wallet.opened, POLICY, wish))).toMatchObject({
      failure: { code: 11, word: "admission-needed" },
    });
  });
  it("a full disk and a refusing one are named, and nothing is half-written (F16, F17)", async () => {
    await run(join(wallet.opened, POLICY, { ...from, handle: "a", admission: "b" }));
    const url = await left();
    const write = wallet.store.write.bind(wallet.store);
    const fails = (name: string) => {
      const error = Object.assign(new Error(name), { name });
      wallet.store.write = (changes) =>
        changes.length > 10 ? Promise.reject(error) : write(changes);
    };
    fails("QuotaExceededError");
    expect(await run(resume(wallet.opened, POLICY, { url }))).toMatchObject({
      failure: { code: 17 },
    });
    expect(await copiesOf(wallet.opened)).toEqual([]);
    wallet.store.write = write;
    await run(join(wallet.opened, POLICY, { ...from, handle: "a", admission: "b" }));
    const next = await left();
    fails("InvalidStateError");
    expect(await run(resume(wallet.opened, POLICY, { url: next }))).toMatchObject({
      failure: { code: 16 },
    });
    expect(await copiesOf(wallet.opened)).toEqual([]);
  });
  it("a stock is renewed below five, small types at the last, and not at a time that tells", async () => {
    expect([20, 5, 4].map((fresh) => isLow(fresh, 20))).toEqual([false, false, true]);
    expect([5, 2, 1].map((fresh) => isLow(fresh, 5))).toEqual([false, false, true]);
    const times = Array.from({ length: 50 }, () => renewAt(wallet.opened, 3) - START);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...times)).toBeLessThan(6 * 3_600);
    expect(new Set(times).size).toBeGreaterThan(10);
    expect(renewAt(wallet.opened, 0)).toBe(START);
  });
});
