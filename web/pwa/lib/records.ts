// What the wallet remembers, each record sealed by itself under a random id. The synced kinds go into
// the day body; the others stay on this device.

import { type Bytes, b64url, joined, utf8 } from "@resonate/lib/bytes";
import { seal, unseal } from "@resonate/lib/platform/webcrypto";
import { type JsonObject, parseJsonBytes } from "./json.ts";
import { Refusal } from "./refusal.ts";
import type { Change, Store } from "./store.ts";
import { parseRecord, type Rec } from "./vault/body.ts";
import { nextClock } from "./vault/merge.ts";
import type { World } from "./world.ts";

export type Kind =
  /** A name of a persona after it was changed, or that it is gone. */
  | "persona"
  /** One disclosure (`history.ts`). */
  | "disclosure"
  /** That a persona holds a card of a type; other devices fetch their own copies. */
  | "card"
  /** A refresh token bound to a key of the day seed: any device of this vault renews with it. */
  | "renewal"
  /** How many offer keys a module was given. */
  | "offer-keys"
  | "device"
  | "setting"
  /** A login bound to a key of this device. */
  | "login"
  /** The token that reads the vault store. */
  | "reader";

const LOCAL: readonly string[] = ["login", "reader"];

export function isSynced(rec: Rec): boolean {
  return !LOCAL.includes(rec.kind);
}

/** Where a sealed row lies; it opens nowhere else. */
export interface Row {
  table: "records" | "copies" | "outbox";
  key: string;
}

/** Seals `plain` for the row `key` of `table`: `nonce || ciphertext`. */
export async function sealRow(
  world: World,
  cipher: CryptoKey,
  place: Row,
  plain: JsonObject,
): Promise<Bytes> {
  const nonce = world.random(12);
  const bytes = utf8(JSON.stringify(plain));
  return joined(nonce, await seal(cipher, { nonce, aad: rowAad(place), bytes }));
}

/** Refusal: `store-corrupt`. */
export async function openRow(cipher: CryptoKey, place: Row, row: unknown): Promise<JsonObject> {
  const bytes = row instanceof Uint8Array ? new Uint8Array(row) : null;
  const nonce = bytes?.slice(0, 12);
  const plain =
    bytes && nonce
      ? await unseal(cipher, { nonce, aad: rowAad(place), bytes: bytes.slice(12) })
      : null;
  if (!plain) throw new Refusal("store-corrupt");
  const json = parseJsonBytes(plain);
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new Refusal("store-corrupt");
  }
  return json;
}

function rowAad({ table, key }: Row): Bytes {
  return utf8(`resonate/wallet/row/1\0${table}\0${key}`);
}

/** The records of an open wallet, and how one is written. */
export class Records {
  readonly #world: World;
  readonly #cipher: CryptoKey;
  readonly #device: string;
  readonly #all = new Map<string, Rec>();

  constructor(world: World, cipher: CryptoKey, device: string) {
    this.#world = world;
    this.#cipher = cipher;
    this.#device = device;
  }

  /** Reads what this device keeps; also what another tab wrote since. */
  async load(store: Store): Promise<void> {
    for (const [key, row] of await store.all("records")) {
      const json = await openRow(this.#cipher, { table: "records", key }, row);
      this.#all.set(key, parseRecord(json));
    }
  }

  all(): Rec[] {
    return [...this.#all.values()];
  }

  /** Those of a kind that are not deleted. */
  of(kind: Kind): Rec[] {
    return this.all().filter((rec) => rec.kind === kind && rec.gone === undefined);
  }

  get(id: string): Rec | undefined {
    return this.#all.get(id);
  }

  /** A new record, or a new value for the one of that id, ready to be saved. */
  async put(kind: Kind, value: JsonObject, id = b64url(this.#world.random(16))): Promise<Change> {
    const clock = nextClock(this.#all.values());
    return this.#change({ id, kind, device: this.#device, clock, value });
  }

  /** Marks it deleted, so that other devices delete it too. */
  async drop(id: string): Promise<Change[]> {
    const rec = this.#all.get(id);
    if (!rec) return [];
    if (!isSynced(rec)) {
      this.#all.delete(id);
      return [{ table: "records", key: id, drop: true }];
    }
    const clock = nextClock(this.#all.values());
    const gone = this.#world.now();
    return [await this.#change({ ...rec, device: this.#device, clock, gone, value: {} })];
  }

  /** Takes a record over as it came from another device. */
  take(rec: Rec): Promise<Change> {
    return this.#change(rec);
  }

  async #change(rec: Rec): Promise<Change> {
    this.#all.set(rec.id, rec);
    const place = { table: "records", key: rec.id } as const;
    const { id, kind, device, clock, value } = rec;
    const plain = { id, kind, device, clock, value };
    const whole = rec.gone === undefined ? plain : { ...plain, gone: rec.gone };
    return { ...place, put: await sealRow(this.#world, this.#cipher, place, whole) };
  }
}
