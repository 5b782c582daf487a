// Compact JWS by an ES256 key that stays in the browser (RFC 7515, 7518).

import { b64url, utf8 } from "./bytes.ts";
import { type KeyPair, type PublicJwk, sha256, signEs256 } from "./platform/webcrypto.ts";

/** RFC 7638: the hash of the required members in their order. */
export async function thumbprint(jwk: PublicJwk): Promise<string> {
  const { crv, kty, x, y } = jwk;
  return digest(JSON.stringify({ crv, kty, x, y }));
}

/** base64url of the SHA-256 of a text: DPoP's `ath`, PKCE's S256, a thumbprint. */
export async function digest(text: string): Promise<string> {
  return b64url(await sha256(utf8(text)));
}

export async function signJws(
  key: KeyPair,
  header: { typ: string } & Record<string, unknown>,
  claims: Record<string, unknown>,
): Promise<string> {
  const head = b64url(utf8(JSON.stringify({ ...header, alg: "ES256" })));
  const body = b64url(utf8(JSON.stringify(claims)));
  const signature = await signEs256(key.privateKey, utf8(`${head}.${body}`));
  return `${head}.${body}.${b64url(signature)}`;
}
