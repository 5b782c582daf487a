// Join, receive and present against a real demo server, before there is any screen.

import { writeFileSync } from "node:fs";
import { fromB64url, hex } from "@resonate/lib/bytes";
import { solve } from "@resonate/lib/work";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stretch } from "../argon.ts";
import { copiesOf, stock } from "../copies.ts";
import { type Driver, drive } from "../drive.ts";
import { disclosures } from "../history.ts";
import { keepDocument, type Opened, openWallet } from "../opened.ts";
import { present } from "../present.ts";
import type { Question, Reply } from "../questions.ts";
import { join, renew, resume } from "../receive.ts";
import type { Flow, Input, Step } from "../step.ts";
import { askFor } from "../tests/coop.ts";
import { MemoryStore } from "../tests/memory.ts";
import { plainInput, plainStep, type Recording, type Run, worldOf } from "../tests/recording.ts";
import { passkey } from "../tests/wallets.ts";
import type { Policy } from "../trust.ts";
import { createVault, drawIdentity } from "../vault/open.ts";
import { platformWorld } from "../world.ts";
import { Browser, type Demo, sendHere, startDemo } from "./server.ts";

const PROGRAM = process.env.RESONATE_BIN ?? "";
const SEEDED = process.env.RESONATE_DEMO ?? "";
const tab = "this-tab";

let demo: Demo;
let policy: Policy;
beforeAll(async () => {
  demo = await startDemo(PROGRAM, SEEDED);
  const { issuer, listen, wallet } = demo;
  policy = { issuer, listen, wallet, anchors: [], issuers: [], allowLoopback: true };
}, 120_000);
afterAll(() => demo?.stop());

async function newWallet(): Promise<{ opened: Opened; store: MemoryStore }> {
  const [world, store] = [platformWorld(), new MemoryStore()];
  const identity = drawIdentity(world);
  const passphrase = "six words that nobody else has";
  const way = {
    kind: "passphrase",
    passphrase,
    // The demo is no place for a second of work: the bounds' least, by the real function.
    stretch: async (work: Parameters<typeof stretch>[0]) =>
      stretch({ ...work, mKib: 19_456, t: 2 }),
  } as const;
  const { document, day } = await createVault(world, { identity, way, name: "me" });
  await store.write(await keepDocument(store, document));
  return { store, opened: await openWallet({ store, world }, document, day) };
}

function driver(store: MemoryStore, ask: (question: Question) => Reply): Driver {
  return { store, send: (request) => sendHere(request), ask: async (question) => ask(question) };
}

const nobody = (question: Question): Reply => {
  throw new Error(`nobody is here to answer ${question.ask}`);
};

async function admission(): Promise<string> {
  const answer = await sendHere({
    method: "GET",
    url: `${demo.issuer}/join/challenge`,
    headers: {},
  });
  const { challenge, bits } = JSON.parse(answer.body);
  return `pow:${challenge}:${await solve(challenge, bits, () => Promise.resolve())}`;
}

/** Leaves for `go`, answers the wallet's request on the way, and ends at the callback. */
async function login(opened: Opened, store: MemoryStore, go: string): Promise<string> {
  const browser = new Browser(demo.wallet);
  const asked = await browser.walk(go);
  expect(new URL(asked).pathname).toBe("/present");
  const end = await drive(present(opened, policy, { url: asked, tab }), driver(store, nobody));
  if (end.kind !== "done" || end.outcome.kind !== "shown" || end.outcome.go === null) {
    throw new Error(JSON.stringify(end));
  }
  return browser.walk(end.outcome.go);
}

it("a person joins with the wallet's own key, takes 20 cards, shows one fact, and renews", async () => {
  const { opened, store } = await newWallet();
  const handle = `quiet-${hex(opened.world.random(3))}`;
  const wish = { handle, admission: await admission(), tab, returnTo: "/back" };
  const begun = await drive(join(opened, policy, wish), driver(store, nobody));
  if (begun.kind !== "done" || begun.outcome.kind !== "go") throw new Error(JSON.stringify(begun));
  const callback = await login(opened, store, begun.outcome.url);
  const before = performance.now();
  const came = await drive(resume(opened, policy, { url: callback }), driver(store, nobody));
  const took = performance.now() - before;
  expect(came).toEqual({
    kind: "done",
    outcome: { kind: "received", vct: `${demo.issuer}/vct/listener/1`, copies: 20, go: "/back" },
  });
  expect(took).toBeLessThan(1500);
  const [held] = stock(await copiesOf(opened), opened.world.now());
  expect(held?.fresh).toBe(20);
  const [first] = await copiesOf(opened);
  expect(first?.claims.handle).toBe(handle);
  // The callback is good once.
  const again = await drive(resume(opened, policy, { url: callback }), driver(store, nobody));
  expect(again).toMatchObject({ kind: "failed", failure: { code: 13 } });
  // Silently, by the refresh token.
  const more = { issuer: demo.issuer, configuration: "listener", tab, returnTo: null };
  const renewed = await drive(renew(opened, policy, more), driver(store, nobody));
  expect(renewed).toMatchObject({ kind: "done", outcome: { kind: "received", copies: 20 } });
  expect(disclosures(opened)).toMatchObject([{ end: "accepted", cards: [], facts: [] }]);
  expect(fromB64url(opened.vaultId)?.length).toBe(16);
}, 120_000);

it("the run is recorded where RECORD names a file", async () => {
  const path = process.env.RECORD;
  const { issuer, listen, wallet } = demo;
  const recording: Recording = {
    about: "runs of web/pwa/lib against a demo server; every key in them was made for this",
    seed: "recorded run",
    now: Math.floor(Date.now() / 1000),
    keys: [],
    origins: { issuer, listen, wallet },
    runs: [],
  };
  const [world, store] = [worldOf(recording), new MemoryStore()];
  const made = await createVault(world, {
    identity: drawIdentity(world),
    way: passkey(),
    name: "me",
  });
  await store.write(await keepDocument(store, made.document));
  const opened = await openWallet({ store, world }, made.document, made.day);
  const record = async (
    flow: Run["flow"],
    wish: Record<string, string>,
    steps: Flow,
    ask: (question: Question) => Reply,
  ) => {
    const turns: Run["turns"] = [];
    const watch = (step: Step, input: Input) => turns.push([plainInput(input), plainStep(step)]);
    recording.runs.push({ flow, wish, turns });
    return drive(steps, { ...driver(store, ask), watch });
  };
  const wish = {
    handle: `recorded-${hex(platformWorld().random(3))}`,
    admission: await admission(),
    tab,
  };
  const begun = await record(
    "join",
    wish,
    join(opened, policy, { ...wish, returnTo: null }),
    nobody,
  );
  if (begun.kind !== "done" || begun.outcome.kind !== "go") throw new Error(JSON.stringify(begun));
  const browser = new Browser(wallet);
  const asked = await browser.walk(begun.outcome.url);
  const shown = await record(
    "present",
    { url: asked, tab },
    present(opened, policy, { url: asked, tab }),
    nobody,
  );
  if (shown.kind !== "done" || shown.outcome.kind !== "shown" || !shown.outcome.go)
    throw new Error(JSON.stringify(shown));
  const url = await browser.walk(shown.outcome.go);
  const came = await record("resume", { url }, resume(opened, policy, { url }), nobody);
  expect(came).toMatchObject({ outcome: { kind: "received", copies: 20 } });
  const stray = askFor(
    ["handle"],
    {
      client_id: `redirect_uri:${issuer}/vp/s`,
      response_uri: `${issuer}/vp/s`,
      state: "nobody-asked-with-this-state",
      nonce: "0123456789012345678901",
    },
    `${issuer}/vct/listener/1`,
  );
  const all = (question: Question): Reply =>
    question.ask === "show"
      ? {
          say: "show",
          on: Object.fromEntries(
            question.cards.map(({ id, facts }) => [id, facts.map(({ key }) => key)]),
          ),
        }
      : { say: "no" };
  const refused = await record(
    "present",
    { url: stray, tab },
    present(opened, policy, { url: stray, tab }),
    all,
  );
  expect(refused).toMatchObject({ failure: { code: 11, word: "state" } });
  if (path) writeFileSync(path, `${JSON.stringify(recording)}\n`);
}, 120_000);
