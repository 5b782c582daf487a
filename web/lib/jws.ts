// Compact JWS by a key that stays in the browser: ES256 or EdDSA (RFC 7515, 7518, 8037).

import { b64url, utf8 } from "./bytes.ts";
import {
  type Ed25519Jwk,
  type Ed25519Pair,
  type KeyPair,
  type PublicJwk,
  sha256,
  signEd25519,
  signEs256,
} from "./platform/webcrypto.ts";

/** A key that signs. Its algorithm follows from its kind. */
export type SigningKey = KeyPair | Ed25519Pair;

/** RFC 7638: the hash of the required members in their order. */
export async function thumbprint(jwk: PublicJwk | Ed25519Jwk): Promise<string> {
  if (jwk.kty === "OKP") return digest(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x }));
  const { crv, kty, x, y } = jwk;
  return digest(JSON.stringify({ crv, kty, x, y }));
}

/** base64url of the SHA-256 of a text: DPoP's `ath`, PKCE's S256, a thumbprint. */
export async function digest(text: string): Promise<string> {
  return b64url(await sha256(utf8(text)));
}

export async function signJws(
  key: SigningKey,
  header: { typ: string } & Record<string, unknown>,
  claims: Record<string, unknown>,
): Promise<string> {
  const edwards = key.jwk.kty === "OKP";
  const head = b64url(utf8(JSON.stringify({ alg: edwards ? "EdDSA" : "ES256", ...header })));
  const body = b64url(utf8(JSON.stringify(claims)));
  const sign = edwards ? signEd25519 : signEs256;
  const signature = await sign(key.privateKey, utf8(`${head}.${body}`));
  return `${head}.${body}.${b64url(signature)}`;
}
