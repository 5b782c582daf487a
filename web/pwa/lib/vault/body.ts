// What a vault holds: the day body for ordinary use, the root body for guarded acts.

import { type Bytes, fromB64url, joined, utf8 } from "@resonate/lib/bytes";
import { isObject, type Json, type JsonObject, parseJsonBytes } from "../json.ts";
import { Refusal } from "../refusal.ts";

/** One fact the wallet remembers. Higher `(clock, device)` wins; `gone` marks a deleted one. */
export interface Rec {
  id: string;
  kind: string;
  device: string;
  /** Lamport's: one more than the highest this device has seen. */
  clock: number;
  /** Seconds since 1970 at which it was deleted. */
  gone?: number;
  /** Of its kind; empty once deleted. */
  value: JsonObject;
}

export interface Persona {
  /** 16 bytes, base64url. */
  id: string;
  name: string;
}

export interface DayBody {
  rootVersion: number;
  /** 32 bytes, base64url. */
  daySeed: string;
  personas: readonly Persona[];
  records: readonly Rec[];
}

export interface RootBody {
  /** 32 bytes, base64url. */
  vaultSeed: string;
  keys: readonly Json[];
  records: readonly Json[];
}

const DAY = "resonate-vault-day/1";
const ROOT = "resonate-vault-root/1";
const corrupt = () => new Refusal("vault-corrupt");

export function printDay({ rootVersion, daySeed, personas, records }: DayBody): Bytes {
  const plain = { format: DAY, root_version: rootVersion, day_seed: daySeed, personas, records };
  return pad(utf8(JSON.stringify(plain)));
}

/** Refusal: `vault-corrupt`. */
export function parseDay(plain: Bytes): DayBody {
  const json = unpad(plain);
  if (json.format !== DAY || !Array.isArray(json.personas) || !Array.isArray(json.records)) {
    throw corrupt();
  }
  const { root_version, day_seed } = json;
  if (typeof root_version !== "number" || !isSeed(day_seed)) throw corrupt();
  const personas = json.personas.map((one) => {
    if (!isObject(one) || typeof one.id !== "string" || typeof one.name !== "string")
      throw corrupt();
    if (fromB64url(one.id)?.length !== 16) throw corrupt();
    return { id: one.id, name: one.name };
  });
  const records = json.records.map(parseRecord);
  return { rootVersion: root_version, daySeed: day_seed, personas, records };
}

export function parseRecord(json: Json): Rec {
  if (!isObject(json) || !isObject(json.value)) throw corrupt();
  const { id, kind, device, clock, gone, value } = json;
  if (typeof id !== "string" || typeof kind !== "string" || typeof device !== "string")
    throw corrupt();
  if (typeof clock !== "number" || !Number.isSafeInteger(clock)) throw corrupt();
  if (gone === undefined) return { id, kind, device, clock, value };
  if (typeof gone !== "number") throw corrupt();
  return { id, kind, device, clock, gone, value };
}

export function printRoot({ vaultSeed, keys, records }: RootBody): Bytes {
  return pad(utf8(JSON.stringify({ format: ROOT, vault_seed: vaultSeed, keys, records })));
}

/** Refusal: `vault-corrupt`. */
export function parseRoot(plain: Bytes): RootBody {
  const json = unpad(plain);
  const { vault_seed, keys, records } = json;
  if (json.format !== ROOT || !isSeed(vault_seed)) throw corrupt();
  if (!Array.isArray(keys) || !Array.isArray(records)) throw corrupt();
  return { vaultSeed: vault_seed, keys, records };
}

function isSeed(json: Json | undefined): json is string {
  return typeof json === "string" && fromB64url(json)?.length === 32;
}

/** Bodies are padded to a multiple of this, so that their size tells little. */
const PAGE = 16_384;

/** `u32 length || JSON || zeros`. */
function pad(json: Bytes): Bytes {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, json.length);
  const rest = PAGE - ((4 + json.length) % PAGE || PAGE);
  return joined(length, json, new Uint8Array(rest));
}

function unpad(plain: Bytes): JsonObject {
  if (plain.length < 4) throw corrupt();
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  const rest = plain.subarray(4);
  if (length > rest.length || rest.subarray(length).some((byte) => byte !== 0)) throw corrupt();
  let json: Json;
  try {
    json = parseJsonBytes(rest.subarray(0, length));
  } catch {
    throw corrupt();
  }
  if (!isObject(json)) throw corrupt();
  return json;
}
