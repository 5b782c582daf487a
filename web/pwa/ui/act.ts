// What a person does: begin, join, take, show, lock, wipe. Each is one flow or one change.

import { isRecord } from "@resonate/lib/json";
import type { Act } from "../lib/failures.ts";
import type { Disclosure } from "../lib/history.ts";
import { addPersona, usePersona } from "../lib/personas.ts";
import * as session from "../lib/session.ts";
import type { Outcome } from "../lib/step.ts";
import type { Persona } from "../lib/vault/body.ts";
import * as elsewhere from "./elsewhere.ts";
import * as flows from "./flows.ts";
import { documentHere } from "./kept.ts";
import { go, leaveFor, settle, takeThen, watchPlace } from "./place.ts";
import { readConfig, registerWorker, store, wipeOrigin } from "./platform.ts";
import { altered, currentRelease, watchWorkers } from "./release.ts";
import { fail, failure, guardedBy, run, world } from "./run.ts";
import * as state from "./state.ts";
import { say } from "./words.ts";

/** The page is there: what is kept, where the co-op is, the worker, and what ends being unlocked. */
export async function begin(): Promise<void> {
  watchNetwork();
  watchInstall();
  watchPlace(() => {
    state.failing.value = null;
  });
  void watchReleases();
  const again = () => void begin();
  await guardedBy(again, "", async () => {
    state.config.value = parseConfig(await readConfig());
    const opened = await session.reopen(store, world);
    state.wallet.value = opened;
    state.phase.value = opened ? "open" : (await documentHere()) ? "locked" : "none";
    if (opened) await session.stayOpen(opened);
    watchIdle();
  });
  if (state.phase.value === "open") void keepFresh();
}

function parseConfig(body: Record<string, unknown>): state.Config {
  const { id, listen, coop } = body;
  if (typeof id !== "string" || typeof listen !== "string" || typeof coop !== "string") {
    throw new TypeError("the configuration names no origins");
  }
  return { id, listen, coop, body };
}

export function origins(): string[] {
  const config = state.config.value;
  return config ? [config.id, config.listen, config.coop] : [];
}

// Joining, taking cards and showing them

let admission: Promise<string> | null = null;

/** The work that stands before joining, begun before it is wanted. */
export function warmUp(): void {
  admission ??= flows.admission();
  admission.catch(() => {
    admission = null;
  });
}

/** Joins with the open persona's key; the page leaves for the co-op and comes back to `/cb`. */
export async function join(): Promise<void> {
  const opened = state.wallet.value;
  if (!opened) return;
  warmUp();
  const work = admission;
  admission = null;
  const flow = async () => flows.join(opened, (await work) ?? "");
  await follow(await run(flow, say("stage-joining"), () => void join()));
}

/** After unlocking, or opening a vault that came from elsewhere: it has no copies here yet. */
export async function afterOpening(isNewHere: boolean): Promise<void> {
  if (isNewHere) await refillNow();
  else void keepFresh();
  const then = takeThen(origins());
  if (then && !state.failing.value) leaveFor(then);
}

/** The address whose flow is under way: its screen comes back between questions and begins no second. */
let answering: string | null = null;

async function once(act: (url: string) => Promise<void>): Promise<void> {
  const url = location.href;
  if (answering === url) return;
  answering = url;
  try {
    await act(url);
  } finally {
    answering = null;
  }
}

/** `/offer`: an offer; `/cb`: the end of a login. */
export function takeFromAddress(): Promise<void> {
  return once(takeFrom);
}

async function takeFrom(url: string): Promise<void> {
  const opened = state.wallet.value;
  if (!opened) return;
  const isBack = location.pathname === "/cb";
  const what = say(isBack ? "stage-taking" : "stage-reading");
  const flow = () => (isBack ? flows.resume(opened, url) : flows.take(opened, url));
  await follow(await run(flow, what, () => void takeFromAddress()));
}

/** `/present`: a request. */
export function answerAddress(): Promise<void> {
  return once(answerTo);
}

async function answerTo(url: string): Promise<void> {
  const opened = state.wallet.value;
  if (!opened) return;
  const again = () => void answerAddress();
  await follow(await run(() => flows.present(opened, url), say("stage-checking"), again));
}

export async function refillNow(): Promise<void> {
  const opened = state.wallet.value;
  const again = () => void refillNow();
  if (opened) await follow(await run(() => flows.refill(opened), say("stage-taking"), again));
}

/** Where a flow that ended well leads. */
async function follow(outcome: Outcome | null): Promise<void> {
  switch (outcome?.kind) {
    case "go":
      location.assign(outcome.url);
      return;
    case "received":
      return arrived(outcome.go);
    case "shown":
    case "declined":
      if (outcome.go) location.assign(outcome.go);
      else settle("/history");
      return;
    case "deferred":
      settle("/");
      return;
    case "stored":
    case "fresh":
    case undefined:
      return;
  }
}

/** Cards are there. Right after joining the page asks how to get back in, once. */
async function arrived(from: string | null): Promise<void> {
  const document = await documentHere();
  const isFirst = (await store.get("meta", "began")) !== true;
  await store.write([{ table: "meta", key: "began", put: true }]);
  settle("/");
  void saveNow();
  if (isFirst && document?.slots.length === 1) state.isNew.value = true;
  else if (from) location.assign(from);
  else leaveFor(takeThen(origins()));
}

/** Later, or done: on to the page that sent the person. */
export function leaveStart(): void {
  state.isNew.value = false;
  leaveFor(takeThen(origins()));
}

// Saving elsewhere

/** Saves the vault elsewhere. Nothing waits for it; what fails is tried again at the next change. */
export async function saveNow(): Promise<void> {
  const opened = state.wallet.value;
  if (!opened || !navigator.onLine) return;
  if (await elsewhere.save(opened)) state.changed.value++;
}

/** On unlock: what other devices wrote, lists of withdrawn cards, cards that run low. */
async function keepFresh(): Promise<void> {
  const opened = state.wallet.value;
  if (!opened || !navigator.onLine) return;
  await saveNow();
  await elsewhere.freshen(opened);
  state.changed.value++;
}

// Personas

/** Another name: the wallet is opened anew with it, and nothing of the last one stays on the screen. */
export async function switchPersona(persona: Persona): Promise<void> {
  const opened = state.wallet.value;
  if (!opened) return;
  const next = usePersona(opened, persona);
  await session.stayOpen(next);
  state.wallet.value = next;
  state.changed.value++;
  go("/");
}

export async function newPersona(name: string): Promise<void> {
  const opened = state.wallet.value;
  if (!opened) return;
  const { persona, change } = await addPersona(opened, name);
  await store.write([change]);
  await switchPersona(persona);
  await join();
}

// History

export async function forgetDisclosure(id: string): Promise<void> {
  const opened = state.wallet.value;
  if (!opened) return;
  await store.write(await opened.records.drop(id));
  state.changed.value++;
  settle("/history");
  void saveNow();
}

export function saveHistory(all: readonly Disclosure[]): void {
  download("resonate-history.json", JSON.stringify(all, null, 2));
}

/** Gives the person a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

// A code from another screen

/** Whether the text leads to this wallet's own `/present` or `/offer`; if so, goes there. */
export function followLink(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const isOurs = url.origin === location.origin && ["/present", "/offer"].includes(url.pathname);
  const isOffer = url.protocol === "openid-credential-offer:";
  // A short address of the co-op's, which leads to the request.
  const isShort = url.origin === state.config.value?.id && url.pathname.startsWith("/vp/r/");
  if (isShort) location.assign(url.href);
  if (isOurs) go(url.pathname + url.search);
  else if (isOffer) go(`/offer${url.search}`);
  return isOurs || isOffer || isShort;
}

export function failCamera(word: string): void {
  fail(failure(20, word, "camera"), () => {
    state.failing.value = null;
  });
}

// Locking and wiping

export async function lockNow(): Promise<void> {
  await saveNow().catch(() => undefined);
  await session.lock(store);
  state.wallet.value = null;
  state.isNew.value = false;
  state.asking.value = null;
  state.failing.value = null;
  state.phase.value = "locked";
  settle("/");
}

/** Everything on this device goes; where there is a network, all logins end first. */
export async function wipeNow(): Promise<void> {
  const opened = state.wallet.value;
  const isGone = await guardedBy(
    () => void wipeNow(),
    say("stage-wiping"),
    async () => {
      if (opened && navigator.onLine) await elsewhere.signOut(opened).catch(() => undefined);
      await wipeOrigin();
      return true;
    },
  );
  if (!isGone) return;
  state.wallet.value = null;
  state.phase.value = "none";
  settle("/");
}

/** Ten idle minutes or two hidden ones lock; so does another tab. */
function watchIdle(): void {
  let hiddenAt = 0;
  const look = async () => {
    if (state.phase.value !== "open") return;
    const isHiddenLong = hiddenAt > 0 && world.now() - hiddenAt > session.HIDDEN_S;
    if (isHiddenLong || !(await session.reopen(store, world))) await lockNow();
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      hiddenAt = world.now();
      void saveNow();
    } else void look().then(() => (hiddenAt = 0));
  });
  let stirred = 0;
  const stir = () => {
    const opened = state.wallet.value;
    if (!opened || Date.now() - stirred < 5_000) return;
    stirred = Date.now();
    void session
      .reopen(store, world)
      .then((still) => (still ? session.stayOpen(opened) : lockNow()));
  };
  addEventListener("pointerdown", stir);
  addEventListener("keydown", stir);
  setInterval(() => void look(), 15_000);
}

// What the failure screens offer

export function dismiss(): void {
  state.failing.value = null;
  settle("/");
}

/** What each offered act does; those left out only close the failure. */
const ACTS: Partial<Record<Act, (again: () => void) => void>> = {
  again: (again) => again(),
  "type-again": (again) => again(),
  wait: (again) => again(),
  "switch-persona": () => go("/personas"),
  refill: fetchAnew,
  "get-card": fetchAnew,
  "other-way-in": () => go("/recover"),
  "open-again": () => go("/recover"),
  "use-passphrase": () => go("/start?by=passphrase"),
  "older-copy": () => go("/recover?older"),
  "paste-link": () => settle("/scan"),
  "free-space": () => go("/history"),
};

function fetchAnew(): void {
  settle("/");
  void refillNow();
}

export function doAct(act: Act, again: () => void): void {
  state.failing.value = null;
  (ACTS[act] ?? dismiss)(again);
}

// New releases, the network, installing

async function watchReleases(): Promise<void> {
  const registration = await registerWorker().catch(() => null);
  if (!registration) return;
  watchWorkers(registration, (worker) => void announce(worker));
  setInterval(() => void registration.update().catch(() => undefined), 3_600_000);
}

/** Shows a new release with its hash once all of it was checked; unlisted or altered, F21. */
async function announce(worker: ServiceWorker): Promise<void> {
  const release = await currentRelease().catch(() => null);
  if (!release) return;
  const wrong = release.isListed ? await altered(release).catch(() => ["unreachable"]) : ["list"];
  if (wrong.length > 0) {
    // Said once for each release; the old version goes on.
    if ((await store.get("meta", "refused")) === release.hash) return;
    await store.write([{ table: "meta", key: "refused", put: release.hash }]);
    const word = release.isListed ? "release-altered" : "release-unlisted";
    return fail(failure(21, word, "release"), () => void announce(worker));
  }
  const { version, hash } = release;
  state.newRelease.value = { version, hash, use: () => worker.postMessage("use") };
}

export function useRelease(release: state.NewRelease): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), {
    once: true,
  });
  release.use();
}

function watchNetwork(): void {
  const look = () => {
    state.online.value = navigator.onLine;
  };
  look();
  addEventListener("online", look);
  addEventListener("offline", look);
}

function watchInstall(): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    if (!isRecord(event) || typeof event.prompt !== "function") return;
    const prompt = event.prompt.bind(event);
    state.install.value = () => {
      state.install.value = null;
      prompt();
    };
  });
}
