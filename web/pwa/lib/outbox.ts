// Flows that go on after a change of page, sealed like everything else and forgotten after a while.

import { isObject, type JsonObject } from "./json.ts";
import type { Opened } from "./opened.ts";
import { openRow, sealRow } from "./records.ts";
import type { Change } from "./store.ts";

/** A login that has left the page. */
export interface Pending {
  /** OAuth's `state`. */
  id: string;
  at: number;
  /** The browser tab that began it; another is not answered in silence. */
  tab: string;
  persona: string;
  issuer: string;
  configuration: string;
  /** PKCE's verifier. */
  verifier: string;
  redirectUri: string;
  /** The `keys` row of the login's key, or the context of an offer key. */
  key: { kind: "device"; id: string } | { kind: "offer"; context: string };
  /** Where the person came from. */
  returnTo: string | null;
  /** Whether the wallet's own key was already shown for it. */
  isAnswered: boolean;
}

/** Cards an issuer is still deciding about. */
export interface Deferred {
  id: string;
  /** Ask again at. */
  at: number;
  persona: string;
  issuer: string;
  configuration: string;
  transaction: string;
  /** `keys` rows of the copies. */
  keys: readonly string[];
  login: string;
}

/** How long a login may stay away. */
export const AWAY_S = 900;

export async function keepPending(opened: Opened, pending: Pending): Promise<Change> {
  return put(opened, `login:${pending.id}`, { ...pending });
}

export async function keepDeferred(opened: Opened, deferred: Deferred): Promise<Change> {
  return put(opened, `deferred:${deferred.id}`, { ...deferred, keys: [...deferred.keys] });
}

export function forgetPending({ id }: Pending): Change {
  return { table: "outbox", key: `login:${id}`, drop: true };
}

export function forgetDeferred({ id }: Deferred): Change {
  return { table: "outbox", key: `deferred:${id}`, drop: true };
}

async function put(opened: Opened, key: string, plain: JsonObject): Promise<Change> {
  const sealed = await sealRow(opened.world, opened.cipher, { table: "outbox", key }, plain);
  return { table: "outbox", key, put: sealed };
}

/** Logins that may still come back, newest first. */
export async function pendings(opened: Opened): Promise<Pending[]> {
  const now = opened.world.now();
  const rows = await rowsOf(opened, "login:");
  const all = rows.flatMap((row) => (isPending(row) ? [row] : []));
  return all.filter((one) => one.at > now - AWAY_S).sort((a, b) => b.at - a.at);
}

export async function deferreds(opened: Opened): Promise<Deferred[]> {
  const rows = await rowsOf(opened, "deferred:");
  return rows.flatMap((row) => (isDeferred(row) ? [row] : []));
}

/** What stayed away too long. */
export async function staleLogins(opened: Opened): Promise<Change[]> {
  const now = opened.world.now();
  const rows = await rowsOf(opened, "login:");
  return rows
    .flatMap((row) => (isPending(row) && row.at <= now - AWAY_S ? [row] : []))
    .flatMap((one) => [
      forgetPending(one),
      ...(one.key.kind === "device"
        ? [{ table: "keys", key: one.key.id, drop: true } as const]
        : []),
    ]);
}

async function rowsOf(opened: Opened, prefix: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (const [key, row] of await opened.store.all("outbox")) {
    if (!key.startsWith(prefix)) continue;
    rows.push(await openRow(opened.cipher, { table: "outbox", key }, row));
  }
  return rows;
}

function isPending(row: unknown): row is Pending {
  const json = row as JsonObject;
  const texts = ["id", "tab", "persona", "issuer", "configuration", "verifier", "redirectUri"];
  return texts.every((name) => typeof json[name] === "string") && isObject(json.key);
}

function isDeferred(row: unknown): row is Deferred {
  const json = row as JsonObject;
  const texts = ["id", "persona", "issuer", "configuration", "transaction", "login"];
  return texts.every((name) => typeof json[name] === "string") && Array.isArray(json.keys);
}
