// One-time copies of cards: `fresh`, then `reserved`, then `shown`, never back and never twice.

import { b64url } from "@resonate/lib/bytes";
import { isRecord } from "@resonate/lib/json";
import type { KeyPair } from "@resonate/lib/platform/webcrypto";
import { isObject, type JsonObject, member } from "./json.ts";
import type { Opened } from "./opened.ts";
import { isKeyRow } from "./opened.ts";
import { openRow, sealRow } from "./records.ts";
import { Refusal } from "./refusal.ts";
import type { Change, CopyRow, CopyState } from "./store.ts";

/** A copy with its card, opened. */
export interface Copy {
  id: string;
  state: CopyState;
  persona: string;
  vct: string;
  iss: string;
  exp: number;
  /** The SD-JWT with all its disclosures, ending in `~`. */
  token: string;
  /** Where its withdrawal would be published; `null` for types without. */
  status: { uri: string; idx: number } | null;
  /** Its claims, all revealed, as they were when it came and was checked. */
  claims: JsonObject;
}

/** A minute before its end a copy is no longer shown: it must still be good when it arrives. */
const SPARE_S = 60;
/** Types of which a batch holds more are renewed below this. */
const LOW = 5;

/** The copies of the open persona. */
export async function copiesOf(opened: Opened): Promise<Copy[]> {
  const copies: Copy[] = [];
  for (const [id, row] of await opened.store.all("copies")) {
    if (!isCopyRow(row)) throw new Refusal("store-corrupt");
    const copy = readCopy(
      id,
      row.state,
      await openRow(opened.cipher, { table: "copies", key: id }, row.sealed),
    );
    if (copy.persona === opened.persona.id) copies.push(copy);
  }
  return copies;
}

function isCopyRow(row: unknown): row is CopyRow {
  return isRecord(row) && row.sealed instanceof Uint8Array && typeof row.state === "string";
}

function readCopy(id: string, state: CopyState, json: JsonObject): Copy {
  const text = (name: string) => {
    const value = member(json, name);
    if (typeof value !== "string") throw new Refusal("store-corrupt");
    return value;
  };
  const { claims, exp, status } = json;
  if (!isObject(claims) || typeof exp !== "number") throw new Refusal("store-corrupt");
  const [uri, idx] = [member(status, "uri"), member(status, "idx")];
  const listed = typeof uri === "string" && typeof idx === "number" ? { uri, idx } : null;
  const card = { vct: text("vct"), iss: text("iss"), exp, token: text("token"), claims };
  return { id, state, persona: text("persona"), status: listed, ...card };
}

export function isUsable(copy: Copy, now: number): boolean {
  return copy.state === "fresh" && copy.exp > now + SPARE_S;
}

/** What is written for a new copy: its key, and the card sealed. */
export async function keepCopy(
  opened: Opened,
  key: KeyPair,
  card: Omit<Copy, "id" | "state" | "persona">,
): Promise<Change[]> {
  const id = b64url(opened.world.random(16));
  const plain: JsonObject = { ...card, persona: opened.persona.id };
  const sealed = await sealRow(opened.world, opened.cipher, { table: "copies", key: id }, plain);
  return [keyRow(id, key), { table: "copies", key: id, put: { state: "fresh", sealed } }];
}

export function keyRow(id: string, { privateKey, jwk }: KeyPair): Change {
  return { table: "keys", key: id, put: { privateKey, jwk } };
}

/** The first step of showing: refused by the store where another tab was faster. */
export function reserve(copy: Copy): Change {
  return { table: "copies", key: copy.id, from: "fresh", to: "reserved" };
}

/** The last step, whatever the answer. The key goes too: nothing can be signed with it again. */
export function spend(copy: Copy): Change[] {
  return [
    { table: "copies", key: copy.id, from: "reserved", to: "shown" },
    { table: "keys", key: copy.id, drop: true },
  ];
}

export async function keyOfCopy(opened: Opened, copy: Copy): Promise<KeyPair> {
  const row = await opened.store.get("keys", copy.id);
  if (!isKeyRow(row)) throw new Refusal("store-corrupt");
  const { privateKey, jwk } = row;
  return { privateKey, jwk: { kty: "EC", crv: "P-256", x: String(jwk.x), y: String(jwk.y) } };
}

/** Drops what can never be shown again. A reserved copy stays until its end: a tab may be at it. */
export function sweep(copies: readonly Copy[], now: number): Change[] {
  const over = copies.filter((copy) => copy.state === "shown" || copy.exp <= now);
  return over.flatMap(({ id }): Change[] => [
    { table: "copies", key: id, drop: true },
    { table: "keys", key: id, drop: true },
  ]);
}

export interface Stock {
  vct: string;
  iss: string;
  fresh: number;
  /** The latest end of a fresh copy. */
  until: number | null;
}

/** What is there of each type. */
export function stock(copies: readonly Copy[], now: number): Stock[] {
  const types = new Map<string, Stock>();
  for (const copy of copies) {
    const known = types.get(copy.vct) ?? { vct: copy.vct, iss: copy.iss, fresh: 0, until: null };
    if (isUsable(copy, now)) {
      known.fresh += 1;
      known.until = Math.max(known.until ?? 0, copy.exp);
    }
    types.set(copy.vct, known);
  }
  return [...types.values()];
}

/** Whether a whole new batch is due: below five, and for types of five or fewer at the last. */
export function isLow(fresh: number, batch: number): boolean {
  return fresh < (batch > LOW ? LOW : 2);
}

const MOST_DELAY_S = 6 * 3_600;

/** When to renew: a random while later, so that the time of renewing tells nothing; empty, at once. */
export function renewAt(opened: Opened, fresh: number): number {
  const now = opened.world.now();
  if (fresh === 0) return now;
  const [a = 0, b = 0] = opened.world.random(2);
  return now + Math.floor(((a * 256 + b) / 65_536) * MOST_DELAY_S);
}
