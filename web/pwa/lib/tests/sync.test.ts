// The vault elsewhere (VS3, VS8, F18): two devices, one store that keeps what it cannot read.

import { fromB64url } from "@resonate/lib/bytes";
import { makeProof } from "@resonate/lib/dpop";
import { digest, thumbprint } from "@resonate/lib/jws";
import { beforeEach, describe, expect, it } from "vitest";
import { drive, type End } from "../drive.ts";
import { begin, disclosures } from "../history.ts";
import { isSignedBy, readJws, readKey } from "../jose.ts";
import { keepDocument, keptDocument, openWallet } from "../opened.ts";
import { addPersona, personas } from "../personas.ts";
import type { Flow, HttpAnswer, HttpRequest } from "../step.ts";
import { lastStored, noteReader, storeFirst, storeRotated, sync } from "../sync.ts";
import { addWay, rotate, slotName } from "../vault/change.ts";
import { parseDocument } from "../vault/document.ts";
import { openDay, openRoot, readerOf, unlock, unlockRoot } from "../vault/open.ts";
import { printDocument } from "../vault/print.ts";
import { no } from "./coop.ts";
import { newWallet, onNewDevice, passkey, type TestWallet, worldAt } from "./wallets.ts";

const ORIGIN = "http://wallet.localhost:8080";
let world: ReturnType<typeof worldAt>;

/** The store of the wallet's origin: one vault, its version and write key, and nothing to open it with. */
class Elsewhere {
  doc: string | null = null;
  #key = "";
  readonly seen: HttpRequest[] = [];
  /** Runs before a write is looked at: another device that was faster. */
  before: () => Promise<void> = async () => undefined;

  send = async (request: HttpRequest): Promise<HttpAnswer> => {
    this.seen.push(request);
    if (request.method === "GET") return this.#read(request);
    await this.before();
    const jws = readJws(request.headers.dpop ?? "");
    const key = readKey(jws.header.jwk);
    const { bh, htm, epoch, version, next } = jws.claims;
    const body = request.body ?? "";
    const isProof =
      key && (await isSignedBy(jws, key)) && bh === (await digest(body)) && htm === request.method;
    if (!isProof) return no(401, "invalid_dpop_proof");
    const sent = parseDocument(body);
    if (epoch !== sent.epoch || version !== sent.version) return no(401, "invalid_dpop_proof");
    const name = await thumbprint(key);
    if (request.method === "POST") {
      if (request.headers["vault-work"] !== "pow:c:1") return no(429, "vault-work");
      this.doc ??= body;
      this.#key = name;
      return { status: 201, headers: {}, body: "{}" };
    }
    const kept = parseDocument(this.doc ?? "");
    if (name !== this.#key) return no(404, "vault-unknown");
    const successor = readKey(next);
    if (sent.epoch !== kept.epoch + (successor ? 1 : 0)) return no(409, "vault-epoch");
    if (request.headers["if-match"] !== `"${kept.version}"`) return no(412, "vault-behind");
    if (sent.version <= kept.version) return no(422, "vault-format");
    if (successor) this.#key = await thumbprint(successor);
    this.doc = body;
    return { status: 204, headers: {}, body: "" };
  };

  async #read({ headers }: HttpRequest): Promise<HttpAnswer> {
    const token = fromB64url(headers["vault-read"] ?? "") ?? new Uint8Array(0);
    const isReader =
      this.doc !== null && parseDocument(this.doc).readers.includes(await readerOf(token));
    return isReader ? { status: 200, headers: {}, body: this.doc ?? "" } : no(404, "vault-unknown");
  }
}

let elsewhere: Elsewhere;
let one: TestWallet;

function run({ store }: TestWallet, flow: Flow): Promise<End> {
  return drive(flow, {
    store,
    send: elsewhere.send,
    ask: () => Promise.reject(new Error("nobody asks")),
  });
}

async function another(): Promise<TestWallet> {
  const two = await onNewDevice(world, parseDocument(elsewhere.doc ?? ""));
  await two.store.write([await noteReader(two.opened, one.readToken)]);
  return two;
}

const go = (wallet: TestWallet) => run(wallet, sync(wallet.opened, { origin: ORIGIN }));

async function shows({ opened, store }: TestWallet, name: string): Promise<void> {
  const shown = { origin: "https://a.example", name, cards: [], facts: [], signed: [] };
  const { change } = await begin(opened, shown);
  await store.write([change]);
}

const names = ({ opened }: TestWallet) =>
  disclosures(opened)
    .map(({ name }) => name)
    .sort();

beforeEach(async () => {
  world = worldAt(1_795_251_600);
  elsewhere = new Elsewhere();
  one = await newWallet(world);
  await one.store.write([await noteReader(one.opened, one.readToken)]);
  await run(one, storeFirst(one.opened, { origin: ORIGIN, work: "pow:c:1" }));
});

describe("the vault elsewhere", () => {
  it("is kept as ciphertext: nothing of it names a card, an app or a persona", async () => {
    await shows(one, "secret-app");
    expect(await go(one)).toMatchObject({ outcome: { kind: "stored" } });
    const text = elsewhere.doc ?? "";
    expect(["secret-app", "disclosure", '"me"'].filter((word) => text.includes(word))).toEqual([]);
    const sent = elsewhere.seen.map(({ url, headers }) => url + JSON.stringify(headers)).join();
    expect(sent).not.toContain("cookie");
    expect((await lastStored(one.opened)).version).toBe(parseDocument(text).version);
  });
  it("without work it is not kept, and the wallet says so (F18)", async () => {
    elsewhere.doc = null;
    const end = await run(one, busyStops(one));
    expect(end).toMatchObject({ kind: "failed" });
    expect(elsewhere.doc).toBeNull();
  });
  it("what two devices wrote apart, both have in the end, whoever is first (VS3)", async () => {
    const two = await another();
    await shows(one, "a");
    await shows(two, "b");
    await go(one);
    await go(two);
    await go(one);
    expect(names(one)).toEqual(["a", "b"]);
    expect(names(two)).toEqual(["a", "b"]);
    expect(printDocument((await keptDocument(one.store)) ?? one.document)).toBe(elsewhere.doc);
  });
  it("a device that is overtaken while it writes merges and writes again (VS3)", async () => {
    const two = await another();
    await shows(one, "a");
    await shows(two, "b");
    let first = true;
    elsewhere.before = async () => {
      if (!first) return;
      first = false;
      await go(two);
    };
    expect(await go(one)).toMatchObject({ outcome: { kind: "stored" } });
    await go(two);
    expect(names(one)).toEqual(["a", "b"]);
    expect(names(two)).toEqual(["a", "b"]);
  });
  it("a way in that one device added is not lost by what the other wrote", async () => {
    const two = await another();
    const root = await unlockRoot(one.document, passkey());
    const known = (await keptDocument(one.store)) ?? one.document;
    const readToken = world.random(32);
    const wider = await addWay(world, known, root, { way: passkey(90), readToken });
    await one.store.write(await keepDocument(one.store, wider));
    await shows(two, "b");
    await go(one);
    await go(two);
    await go(one);
    const kept = parseDocument(elsewhere.doc ?? "");
    expect(kept.slots.map(slotName)).toEqual(wider.slots.map(slotName));
    expect(await openDay(kept, await unlock(kept, passkey(90)))).toBeTruthy();
  });
  it("with nothing new it writes nothing", async () => {
    await go(one);
    const before = elsewhere.seen.length;
    await go(one);
    expect(elsewhere.seen.slice(before).map(({ method }) => method)).toEqual(["GET"]);
  });
  it("a persona and its name come along", async () => {
    const { change, persona } = await addPersona(one.opened, "other");
    await one.store.write([change]);
    await go(one);
    const two = await another();
    await go(two);
    expect(personas(two.opened).map(({ name }) => name)).toEqual(["me", "other"]);
    await two.store.write(await two.opened.records.drop(persona.id));
    await go(two);
    await go(one);
    expect(personas(one.opened).map(({ name }) => name)).toEqual(["me"]);
  });
});

describe("what is refused (F18)", () => {
  it("a store that has less than it had (VS8): nothing is overwritten, here or there", async () => {
    const old = elsewhere.doc;
    await shows(one, "a");
    await go(one);
    elsewhere.doc = old;
    const kept = await one.store.get("vault", "document");
    expect(await go(one)).toMatchObject({ failure: { code: 18, word: "vault-older" } });
    expect(elsewhere.doc).toBe(old);
    expect(await one.store.get("vault", "document")).toBe(kept);
  });
  it("a wrong read token learns nothing", async () => {
    await one.store.write([await noteReader(one.opened, new Uint8Array(32))]);
    expect(await go(one)).toMatchObject({
      failure: { code: 18, word: "vault-unknown", status: 404 },
    });
  });
  it("an altered body", async () => {
    const { day, ...rest } = JSON.parse(elsewhere.doc ?? "{}");
    elsewhere.doc = JSON.stringify({ ...rest, day: { ...day, version: day.version + 1 } });
    expect(await go(one)).toMatchObject({ failure: { code: 18, word: "vault-corrupt" } });
  });
  it("a root that was renewed elsewhere: this device must come in anew", async () => {
    const document = (await keptDocument(one.store)) ?? one.document;
    const body = await openDay(document, one.opened.day);
    const held = await openRoot(document, await unlockRoot(document, passkey()), body);
    const keep = [{ way: passkey(90), readToken: one.readToken }];
    const made = await rotate(world, document, { day: body, root: held, keep });
    const next = await unlock(made.document, passkey(90));
    const two = await another();
    const end = await run(
      one,
      storeRotated(one.opened, { origin: ORIGIN, document: made.document, next }),
    );
    expect(end).toMatchObject({ outcome: { kind: "stored" } });
    expect(await go(two)).toMatchObject({ failure: { code: 18, word: "vault-epoch" } });
    // The device that did it goes on under the new key.
    const opened = await openWallet({ store: one.store, world }, made.document, next);
    expect(await run(one, sync(opened, { origin: ORIGIN }))).toMatchObject({
      outcome: { kind: "stored" },
    });
  });
});

/** As the driver of a page nobody looks at: a wait is a no. */
function busyStops({ opened }: TestWallet): Flow {
  const flow = storeFirst(opened, { origin: ORIGIN, work: "pow:c:2" });
  return {
    next: async (input) => {
      const step = await flow.next(input);
      return step.kind === "ask" ? flow.next({ kind: "said", reply: { say: "no" } }) : step;
    },
  };
}

it("a proof names the body, the epoch and the version", async () => {
  const key = await one.opened.day.auth();
  const proof = await makeProof(key, {
    method: "PUT",
    url: `${ORIGIN}/vault/x`,
    now: 1,
    body: "{}",
    more: { epoch: 1, version: 2 },
  });
  const { header, claims } = readJws(proof);
  expect(header).toMatchObject({ typ: "dpop+jwt", alg: "EdDSA" });
  expect(claims).toMatchObject({
    epoch: 1,
    version: 2,
    bh: await digest("{}"),
    htu: `${ORIGIN}/vault/x`,
  });
});
