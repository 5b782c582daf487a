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
