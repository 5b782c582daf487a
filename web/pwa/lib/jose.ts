// Signed texts of others (RFC 7515), read strictly: only ES256 and EdDSA, only by a key named from
// outside the text.

import { type Bytes, fromB64url, utf8 } from "@resonate/lib/bytes";
import {
  type Ed25519Jwk,
  type PublicJwk,
  verifyEd25519,
  verifyEs256,
} from "@resonate/lib/platform/webcrypto";
import { isObject, type Json, type JsonObject, member, parseJsonBytes } from "./json.ts";
import { Refusal } from "./refusal.ts";

export type PublicKey = PublicJwk | Ed25519Jwk;

export interface Jws {
  header: JsonObject;
  claims: JsonObject;
  signed: Bytes;
  signature: Bytes;
}

const MOST_TOKEN = 65_536;
const MOST_HEADER = 8_192;

/** Unverified. Refusals: `malformed`, `duplicate-name`, `too-large`. */
export function readJws(token: string): Jws {
  if (token.length > MOST_TOKEN) throw new Refusal("too-large");
  const [head, body, end, ...more] = token.split(".");
  if (head === undefined || body === undefined || end === undefined || more.length > 0) {
    throw new Refusal("malformed");
  }
  if (head.length > MOST_HEADER) throw new Refusal("too-large");
  const signature = fromB64url(end);
  if (!signature) throw new Refusal("malformed");
  return { header: part(head), claims: part(body), signed: utf8(`${head}.${body}`), signature };
}

function part(text: string): JsonObject {
  const bytes = text === "" ? null : fromB64url(text);
  const value = bytes && parseJsonBytes(bytes);
  if (!value || !isObject(value)) throw new Refusal("malformed");
  return value;
}

/** Members that would let a text bring its own key or rules along. */
const FOREIGN = ["crit", "b64", "jku", "x5u", "jwk"];

export function hasForeignHeader(header: JsonObject): boolean {
  return FOREIGN.some((name) => Object.hasOwn(header, name));
}

export function algOf(key: PublicKey): "ES256" | "EdDSA" {
  return key.kty === "EC" ? "ES256" : "EdDSA";
}

/** Whether the text was signed by that key, with the key's one algorithm. */
export async function isSignedBy(jws: Jws, key: PublicKey): Promise<boolean> {
  if (jws.header.alg !== algOf(key) || jws.signature.length !== 64) return false;
  try {
    return key.kty === "EC"
      ? await verifyEs256(key, jws.signature, jws.signed)
      : await verifyEd25519(key, jws.signature, jws.signed);
  } catch {
    return false;
  }
}

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

function isOnP256(x: Bytes, y: Bytes): boolean {
  if (x.length !== 32 || y.length !== 32) return false;
  const number = (bytes: Bytes) => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const [a, b] = [number(x), number(y)];
  return a < P && b < P && (b * b - (a * a * a - 3n * a + B)) % P === 0n;
}

/** A public key in JSON; `null` for private members, points off the curve and other kinds. */
export function readKey(value: Json | undefined): PublicKey | null {
  if (!isObject(value) || Object.hasOwn(value, "d")) return null;
  const bytes = (name: string) => {
    const text = member(value, name);
    return typeof text === "string" ? fromB64url(text) : null;
  };
  const [x, y] = [bytes("x"), bytes("y")];
  if (value.kty === "OKP" && value.crv === "Ed25519" && x?.length === 32) {
    return { kty: "OKP", crv: "Ed25519", x: String(value.x) };
  }
  if (value.kty !== "EC" || value.crv !== "P-256" || !x || !y || !isOnP256(x, y)) return null;
  return { kty: "EC", crv: "P-256", x: String(value.x), y: String(value.y) };
}

/** A key with the name it goes by. */
export interface NamedKey {
  key: PublicKey;
  kid: string | null;
}

/** The usable public keys of a set; others in it are passed over. */
export function readKeySet(value: Json | undefined): NamedKey[] {
  const keys = member(value, "keys");
  return readKeyList(keys);
}

export function readKeyList(keys: Json | undefined): NamedKey[] {
  if (!Array.isArray(keys)) return [];
  return keys.flatMap((json) => {
    const key = readKey(json);
    const kid = member(json, "kid");
    return key ? [{ key, kid: typeof kid === "string" ? kid : null }] : [];
  });
}
