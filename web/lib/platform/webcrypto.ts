// The only file that names WebCrypto. Flags have names here so that a call can be read.

import type { Bytes } from "../bytes.ts";

const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;
const ES256 = { name: "ECDSA", hash: "SHA-256" } as const;

export interface PublicJwk {
  kty: "EC";
  crv: "P-256";
  x: string;
  y: string;
}

/** A private key that cannot leave this browser, and its public half. */
export interface KeyPair {
  privateKey: CryptoKey;
  jwk: PublicJwk;
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

export async function generateKey(): Promise<KeyPair> {
  const extractable = false;
  const pair = await crypto.subtle.generateKey(P256, extractable, ["sign", "verify"]);
  // A public key is always exportable, whatever the flag says.
  const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
  if (!jwk.x || !jwk.y) throw new Error("this browser exported a P-256 key without its point");
  return { privateKey: pair.privateKey, jwk: { kty: "EC", crv: "P-256", x: jwk.x, y: jwk.y } };
}

/** The 64 bytes r || s, as JWS wants them (RFC 7518 3.4). */
export async function signEs256(key: CryptoKey, bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign(ES256, key, bytes));
}

export async function verifyEs256(
  jwk: PublicJwk,
  signature: Bytes,
  bytes: Bytes,
): Promise<boolean> {
  const extractable = true;
  const key = await crypto.subtle.importKey("jwk", { ...jwk }, P256, extractable, ["verify"]);
  return crypto.subtle.verify(ES256, key, signature, bytes);
}

const ED25519 = { name: "Ed25519" } as const;
/** RFC 8410: what stands before the 32 bytes of a seed in PKCS #8. */
const PKCS8_ED25519 = new Uint8Array([
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
]);

export interface Ed25519Jwk {
  kty: "OKP";
  crv: "Ed25519";
  x: string;
}

/** An Ed25519 key that cannot be read out, and its public half. */
export interface Ed25519Pair {
  privateKey: CryptoKey;
  jwk: Ed25519Jwk;
}

/**
 * The key of a 32-byte seed. The seed's buffer is cleared; what remains cannot be read out.
 * WebCrypto gives the public half only with a key that may be exported, so one is made for a moment.
 */
export async function ed25519OfSeed(seed: Bytes): Promise<Ed25519Pair> {
  const pkcs8 = new Uint8Array(PKCS8_ED25519.length + seed.length);
  pkcs8.set(PKCS8_ED25519);
  pkcs8.set(seed, PKCS8_ED25519.length);
  try {
    const [open, kept] = [true, false];
    const seen = await crypto.subtle.importKey("pkcs8", pkcs8, ED25519, open, ["sign"]);
    const { x } = await crypto.subtle.exportKey("jwk", seen);
    if (!x) throw new Error("this browser exported an Ed25519 key without its point");
    const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, ED25519, kept, ["sign"]);
    return { privateKey, jwk: { kty: "OKP", crv: "Ed25519", x } };
  } finally {
    pkcs8.fill(0);
    seed.fill(0);
  }
}

export async function signEd25519(key: CryptoKey, bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign(ED25519, key, bytes));
}

export async function verifyEd25519(
  jwk: Ed25519Jwk,
  signature: Bytes,
  bytes: Bytes,
): Promise<boolean> {
  const extractable = true;
  const key = await crypto.subtle.importKey("jwk", { ...jwk }, ED25519, extractable, ["verify"]);
  return crypto.subtle.verify(ED25519, key, signature, bytes);
}

/** A secret as a key that others derive from (HKDF-SHA-256); its bytes cannot be read out again. */
export function hkdfKey(secret: Bytes): Promise<CryptoKey> {
  const extractable = false;
  return crypto.subtle.importKey("raw", secret, "HKDF", extractable, ["deriveBits", "deriveKey"]);
}

const NO_SALT: Bytes = new Uint8Array(0);

export async function hkdfBytes(
  from: CryptoKey,
  info: Bytes,
  { salt = NO_SALT, length = 32 }: { salt?: Bytes; length?: number } = {},
): Promise<Bytes> {
  const how = { name: "HKDF", hash: "SHA-256", salt, info };
  return new Uint8Array(await crypto.subtle.deriveBits(how, from, length * 8));
}

/** AES-256-GCM under a derived key that never appears as bytes. */
export function hkdfCipher(from: CryptoKey, info: Bytes, salt = NO_SALT): Promise<CryptoKey> {
  const how = { name: "HKDF", hash: "SHA-256", salt, info };
  const cipher = { name: "AES-GCM", length: 256 };
  const extractable = false;
  const uses: KeyUsage[] = ["encrypt", "decrypt", "unwrapKey"];
  return crypto.subtle.deriveKey(how, from, cipher, extractable, uses);
}

/** What is sealed, how its nonce was drawn, and what it is bound to. */
export interface Cell {
  nonce: Bytes;
  aad: Bytes;
  bytes: Bytes;
}

export async function seal(key: CryptoKey, { nonce, aad, bytes }: Cell): Promise<Bytes> {
  const how = { name: "AES-GCM", iv: nonce, additionalData: aad };
  return new Uint8Array(await crypto.subtle.encrypt(how, key, bytes));
}

/** The plain bytes, or `null` where the key, the place or a bit is another. */
export async function unseal(key: CryptoKey, { nonce, aad, bytes }: Cell): Promise<Bytes | null> {
  try {
    const how = { name: "AES-GCM", iv: nonce, additionalData: aad };
    return new Uint8Array(await crypto.subtle.decrypt(how, key, bytes));
  } catch {
    return null;
  }
}

/** Opens a wrapped secret straight into a key to derive from: it never appears as bytes. */
export async function unwrapHkdf(
  key: CryptoKey,
  { nonce, aad, bytes }: Cell,
): Promise<CryptoKey | null> {
  try {
    const how = { name: "AES-GCM", iv: nonce, additionalData: aad };
    const extractable = false;
    const uses: KeyUsage[] = ["deriveBits", "deriveKey"];
    return await crypto.subtle.unwrapKey("raw", bytes, key, how, "HKDF", extractable, uses);
  } catch {
    return null;
  }
}
