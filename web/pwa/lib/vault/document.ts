// The vault document: one format for the server, a backup file and the command line. Nothing in it is
// believed before it is opened; its form is checked here.

import { type Bytes, fromB64url, joined, utf8 } from "@resonate/lib/bytes";
import { isObject, type Json, type JsonObject, parseJson } from "../json.ts";
import { Refusal } from "../refusal.ts";

export const FORMAT = "resonate-vault/1";
const MOST_SLOTS = 8;
const MOST_DOCUMENT = 1 << 20;

export interface Kdf {
  mKib: number;
  t: number;
  p: number;
  salt: Bytes;
}

/** One way in. Wraps are `nonce || ciphertext` of DK (`day`) and VK (`root`). */
export type Slot =
  | { kind: "passphrase"; id: Bytes; kdf: Kdf; day: Bytes; root: Bytes }
  | { kind: "prf"; id: Bytes; credentialId: string; salt: Bytes; day: Bytes; root: Bytes }
  | { kind: "sheet"; id: Bytes; root: Bytes }
  /** Of a later version: kept as it is, opens nothing here. */
  | { kind: "unknown"; json: JsonObject };

export interface Sealed {
  version: number;
  salt: Bytes;
  nonce: Bytes;
  ct: Bytes;
}

export interface VaultDocument {
  vaultId: string;
  epoch: number;
  version: number;
  slots: readonly Slot[];
  /** SHA-256 of each read token, base64url. */
  readers: readonly string[];
  day: Sealed;
  root: Sealed;
}

export type Level = "day" | "root";

const malformed = () => new Refusal("vault-format");

/** Refusals: `vault-format`. Whether the parts are genuine shows when they are opened. */
export function parseDocument(text: string): VaultDocument {
  if (text.length > MOST_DOCUMENT) throw malformed();
  let json: Json;
  try {
    json = parseJson(text);
  } catch {
    throw malformed();
  }
  if (!isObject(json) || json.format !== FORMAT) throw malformed();
  const { vault_id, epoch, version, slots, readers, day, root } = json;
  if (!Array.isArray(slots) || slots.length === 0 || slots.length > MOST_SLOTS) throw malformed();
  if (!Array.isArray(readers) || !readers.every((one) => typeof one === "string"))
    throw malformed();
  const read = slots.map(parseSlot);
  if (read.every((slot) => slot.kind === "unknown")) throw malformed();
  if (bytesOf(vault_id, 16) === null || typeof vault_id !== "string") throw malformed();
  return {
    vaultId: vault_id,
    epoch: count(epoch, 1),
    version: count(version, 0),
    slots: read,
    readers,
    day: parseSealed(day),
    root: parseSealed(root),
  };
}

function count(json: Json | undefined, least: number): number {
  if (typeof json !== "number" || !Number.isSafeInteger(json) || json < least) throw malformed();
  return json;
}

function bytesOf(json: Json | undefined, length?: number): Bytes | null {
  const bytes = typeof json === "string" ? fromB64url(json) : null;
  return bytes && (length === undefined || bytes.length === length) ? bytes : null;
}

function bytes(json: Json | undefined, length?: number): Bytes {
  const read = bytesOf(json, length);
  if (!read) throw malformed();
  return read;
}

function parseSealed(json: Json | undefined): Sealed {
  if (!isObject(json)) throw malformed();
  const { version, salt, nonce, ct } = json;
  return { version: count(version, 0), salt: bytes(salt), nonce: bytes(nonce, 12), ct: bytes(ct) };
}

function parseSlot(json: Json): Slot {
  if (!isObject(json)) throw malformed();
  const { kind, id, day, root, kdf, credential_id, salt } = json;
  if (kind === "passphrase") {
    return { kind, id: bytes(id, 16), kdf: parseKdf(kdf), day: bytes(day), root: bytes(root) };
  }
  if (kind === "prf") {
    if (typeof credential_id !== "string") throw malformed();
    const wraps = { day: bytes(day), root: bytes(root) };
    return { kind, id: bytes(id, 16), credentialId: credential_id, salt: bytes(salt), ...wraps };
  }
  if (kind === "sheet") return { kind, id: bytes(id, 16), root: bytes(root) };
  return { kind: "unknown", json };
}

function parseKdf(json: Json | undefined): Kdf {
  if (!isObject(json) || json.name !== "argon2id") throw malformed();
  const { m_kib, t, p, salt } = json;
  return { mKib: count(m_kib, 0), t: count(t, 0), p: count(p, 0), salt: bytes(salt) };
}

/** What a slot's wrap is bound to. */
export function slotAad(place: Place, slotId: Bytes, level: Level): Bytes {
  return joined(address("slot", place), slotId, levelByte(level));
}

/** What a body is bound to. */
export function bodyAad(place: Place, version: number, level: Level): Bytes {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(version));
  return joined(address("body", place), number, levelByte(level));
}

export interface Place {
  vaultId: string;
  epoch: number;
}

function address(what: "slot" | "body", { vaultId, epoch }: Place): Bytes {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, epoch);
  return joined(utf8(`resonate/vault/${what}/1\0`), bytes(vaultId, 16), number);
}

function levelByte(level: Level): Bytes {
  return new Uint8Array([level === "day" ? 1 : 2]);
}
