// Joining and signing in by a key of the wallet's own: a self-issued ID token (SIOPv2 draft 13).

import { signJws, thumbprint } from "@resonate/lib/jws";
import type { Ed25519Pair } from "@resonate/lib/platform/webcrypto";
import { algOf, isSignedBy, readJws, readKey } from "./jose.ts";
import { Refusal } from "./refusal.ts";

const SUBJECT = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:";
const LIFE_S = 300;
const LEEWAY_S = 60;

export interface SelfIssued {
  /** The verifier's client id as the request sent it. */
  aud: string;
  nonce: string;
  now: number;
}

export async function selfIssued(
  key: Ed25519Pair,
  { aud, nonce, now }: SelfIssued,
): Promise<string> {
  const sub = SUBJECT + (await thumbprint(key.jwk));
  const times = { iat: now, exp: now + LIFE_S };
  return signJws(key, { typ: "JWT" }, { iss: sub, sub, sub_jwk: key.jwk, aud, nonce, ...times });
}

/** As a verifier reads it; the words of CR44 and CR45. Gives the subject. */
export async function verifySelfIssued(token: string, want: SelfIssued): Promise<string> {
  const jws = readJws(token);
  const { iss, sub, sub_jwk, aud, nonce, iat, exp } = jws.claims;
  if (jws.header.alg !== "EdDSA" && jws.header.alg !== "ES256") throw new Refusal("alg");
  const key = readKey(sub_jwk);
  if (!key || iss !== sub || sub !== SUBJECT + (await thumbprint(key))) {
    throw new Refusal("siop-sub");
  }
  if (jws.header.alg !== algOf(key)) throw new Refusal("alg");
  if (!(await isSignedBy(jws, key))) throw new Refusal("signature");
  if (aud !== want.aud) throw new Refusal("siop-aud");
  if (nonce !== want.nonce) throw new Refusal("siop-nonce");
  if (typeof iat !== "number" || iat > want.now + LEEWAY_S) throw new Refusal("siop-time");
  if (typeof exp !== "number" || exp <= want.now - LEEWAY_S) throw new Refusal("siop-time");
  return sub;
}
