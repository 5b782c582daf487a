// The vault elsewhere: the store of the wallet's own origin keeps what it cannot read. Local first:
// nothing waits for this, and what another device wrote is merged, never overwritten.

import { b64url } from "@resonate/lib/bytes";
import type { Ed25519Pair } from "@resonate/lib/platform/webcrypto";
import { Failed, rowOf } from "./failures.ts";
import { flow, type Steps, save, send, type Trace } from "./flow.ts";
import { good, isGood, Prover, patiently, refusalWord } from "./http.ts";
import type { JsonObject } from "./json.ts";
import type { DayKey } from "./keys.ts";
import { keepDocument, keptDocument, type Opened } from "./opened.ts";
import { isSynced } from "./records.ts";
import { Refusal } from "./refusal.ts";
import { resealed } from "./reseal.ts";
import type { Flow, HttpAnswer, HttpRequest } from "./step.ts";
import type { Change } from "./store.ts";
import type { DayBody } from "./vault/body.ts";
import { slotName } from "./vault/change.ts";
import { parseDocument, type VaultDocument } from "./vault/document.ts";
import { mergeDays, mergeRecords, pruned } from "./vault/merge.ts";
import { notOlder, openDay, sealDay } from "./vault/open.ts";
import { printDocument } from "./vault/print.ts";

/** The token that reads this vault; it came with the passkey's user handle, or was drawn. */
export async function noteReader(opened: Opened, readToken: Uint8Array): Promise<Change> {
  const known = opened.records.of("reader")[0];
  return opened.records.put("reader", { token: b64url(readToken) }, known?.id);
}

function readToken(opened: Opened): string {
  const token = opened.records.of("reader")[0]?.value.token;
  if (typeof token !== "string") throw new Refusal("vault-reader");
  return token;
}

/** Keeps a new vault in the store. `work` is `pow:<challenge>:<n>` (`GET /vault/challenge`). */
export function storeFirst(
  opened: Opened,
  { origin, work }: { origin: string; work: string },
): Flow {
  return flow(opened.world.now, rowOf, async function* (trace) {
    const document = yield* composed(opened);
    const request: HttpRequest = {
      method: "POST",
      url: `${origin}/vault`,
      headers: { "content-type": "application/json", "vault-work": work },
      body: printDocument(document),
    };
    const answer = yield* patiently(async function* () {
      return yield* written(trace, opened, document, request);
    });
    good(answer, 18);
    yield* save(stored(opened, document));
    return { kind: "stored", version: document.version };
  });
}

const MOST_TURNS = 5;

/**
 * Both ways: takes what other devices wrote, writes what this one did. F18 `vault-older` where the
 * store has less than it had, `vault-epoch` where a way in was ended elsewhere; nothing is overwritten.
 */
export function sync(opened: Opened, { origin }: { origin: string }): Flow {
  return flow(opened.world.now, rowOf, async function* (trace) {
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      const elsewhere = yield* fetchVault(trace, origin, opened.vaultId, readToken(opened));
      const document = yield* united(opened, elsewhere);
      if (document === elsewhere) {
        yield* save(stored(opened, document));
        return { kind: "stored", version: document.version };
      }
      const answer = yield* written(trace, opened, document, {
        method: "PUT",
        url: `${origin}/vault/${opened.vaultId}`,
        headers: { "content-type": "application/json", "if-match": `"${elsewhere.version}"` },
        body: printDocument(document),
      });
      // Another device was first: what it wrote is merged at the next turn.
      if (answer.status === 412) continue;
      if (!isGood(answer)) throw new Failed(18, refusalWord(answer));
      yield* save(stored(opened, document));
      return { kind: "stored", version: document.version };
    }
    throw new Failed(22, "vault-behind");
  });
}

/** The vault as the store has it; for a new device too, before anything is open. F18 for none. */
export async function* fetchVault(
  trace: Trace,
  origin: string,
  vaultId: string,
  token: string,
): Steps<VaultDocument> {
  const url = `${origin}/vault/${vaultId}`;
  const headers = { accept: "application/json", "vault-read": token };
  const answer = yield* patiently(() => send(trace, "vault", { method: "GET", url, headers }));
  if (!isGood(answer)) throw new Failed(18, refusalWord(answer));
  return parseDocument(answer.body);
}

/** A vault for a device that has none: found by what the passkey's user handle says. */
export function findVault(
  now: () => number,
  { origin, vaultId, token }: { origin: string; vaultId: string; token: Uint8Array },
): Flow & { found: () => VaultDocument | null } {
  let found: VaultDocument | null = null;
  const steps = flow(now, rowOf, async function* (trace) {
    found = yield* fetchVault(trace, origin, vaultId, b64url(token));
    return { kind: "stored", version: found.version };
  });
  return { ...steps, found: () => found };
}

/**
 * One document of two: what the store has, with what this device wrote beside it. The very document of
 * the store where this device has nothing to add.
 */
async function* united(opened: Opened, elsewhere: VaultDocument): Steps<VaultDocument> {
  const { store, world, day, records } = opened;
  const known = await keptDocument(store);
  if (!known) throw new Refusal("vault-format");
  const last = await lastStored(opened);
  const root = { ...elsewhere.root, version: last.root };
  notOlder(elsewhere, { ...elsewhere, epoch: last.epoch, version: last.version, root });
  if (elsewhere.epoch !== known.epoch) throw new Refusal("vault-epoch");
  const theirs = await openDay(elsewhere, day);
  await records.load(store);
  const changes: Change[] = [];
  for (const rec of theirs.records) {
    const [winner] = mergeRecords(
      [rec],
      records.all().filter(({ id }) => id === rec.id),
    );
    if (winner === rec) changes.push(await records.take(rec));
  }
  const mine = { ...(await openDay(known, day)), records: records.all().filter(isSynced) };
  const merged = mergeDays(theirs, mine);
  const body = { ...merged, records: pruned(merged.records, world.now()) };
  const parts = mergeParts(elsewhere, known);
  const isSame =
    printDocument(parts) === printDocument(elsewhere) &&
    JSON.stringify(body) === JSON.stringify(sorted(theirs));
  const version = Math.max(elsewhere.version, known.version);
  const document = isSame ? elsewhere : await sealDay(world, { ...parts, version }, day, body);
  yield* save(...changes, ...(await keepDocument(store, document)));
  return document;
}

/**
 * Ways in only grow within one epoch, so both sides' stand side by side; the newer root is the root.
 * The store's document is the first.
 */
function mergeParts(elsewhere: VaultDocument, known: VaultDocument): VaultDocument {
  const named = new Set(elsewhere.slots.map(slotName));
  const more = known.slots.filter((slot) => !named.has(slotName(slot)));
  return {
    ...elsewhere,
    slots: [...elsewhere.slots, ...more],
    readers: [...new Set([...elsewhere.readers, ...known.readers])],
    root: known.root.version > elsewhere.root.version ? known.root : elsewhere.root,
  };
}

/** The document with what this device wrote since; unchanged where it wrote nothing. */
async function* composed(opened: Opened): Steps<VaultDocument> {
  const { store, world, day, records } = opened;
  await records.load(store);
  const known = await keptDocument(store);
  if (!known) throw new Refusal("vault-format");
  const body = await openDay(known, day);
  const mine: DayBody = { ...body, records: records.all().filter(isSynced) };
  const merged = mergeDays(body, mine);
  const next = { ...merged, records: pruned(merged.records, world.now()) };
  if (JSON.stringify(next) === JSON.stringify(sorted(body))) return known;
  const document = await sealDay(world, known, day, next);
  yield* save(...(await keepDocument(store, document)));
  return document;
}

/** A body as merging writes it. */
function sorted(body: DayBody): DayBody {
  return mergeDays(body, body);
}

/** With the write key: EdDSA, the body's hash, and which epoch and version it is about. */
async function* written(
  trace: Trace,
  opened: Opened,
  { epoch, version }: VaultDocument,
  request: HttpRequest,
): Steps<HttpAnswer> {
  const prover = new Prover(await opened.day.auth(), opened.world);
  return yield* prover.send(trace, "vault", request, { isBound: true, more: { epoch, version } });
}

/** A new epoch: the document under the new root, its write key named by the old one. */
export function storeRotated(
  opened: Opened,
  { origin, document, next }: { origin: string; document: VaultDocument; next: DayKey },
): Flow {
  return flow(opened.world.now, rowOf, async function* (trace) {
    const last = await lastStored(opened);
    const key: Ed25519Pair = await next.auth();
    const { epoch, version } = document;
    const more: JsonObject = { epoch, version, next: { ...key.jwk } };
    const prover = new Prover(await opened.day.auth(), opened.world);
    const request: HttpRequest = {
      method: "PUT",
      url: `${origin}/vault/${opened.vaultId}`,
      headers: { "content-type": "application/json", "if-match": `"${last.version}"` },
      body: printDocument(document),
    };
    const answer = yield* prover.send(trace, "vault", request, { isBound: true, more });
    if (!isGood(answer)) throw new Failed(18, refusalWord(answer));
    const kept = await keepDocument(opened.store, document);
    yield* save(...(await resealed(opened, next)), ...kept, stored(opened, document));
    return { kind: "stored", version };
  });
}

/** What the store had when it was last spoken to: an older one is refused (VS8). */
interface Last {
  epoch: number;
  version: number;
  root: number;
  /** Seconds since 1970; the screen says how long ago. */
  at: number;
}

export async function lastStored(opened: Opened): Promise<Last> {
  const row = (await opened.store.get("meta", "stored")) as Partial<Last> | undefined;
  return {
    epoch: row?.epoch ?? 0,
    version: row?.version ?? 0,
    root: row?.root ?? 0,
    at: row?.at ?? 0,
  };
}

function stored(opened: Opened, { epoch, version, root }: VaultDocument): Change {
  const put: Last = { epoch, version, root: root.version, at: opened.world.now() };
  return { table: "meta", key: "stored", put };
}
