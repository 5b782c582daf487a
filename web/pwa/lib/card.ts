// A card as it came (SD-JWT VC draft 18): whose it is, of which type, for which key, until when.

import type { PublicJwk } from "@resonate/lib/platform/webcrypto";
import { hasForeignHeader, isSignedBy, type Jws, type NamedKey, readJws, readKey } from "./jose.ts";
import { hasFraction, isObject, type Json, type JsonObject, member } from "./json.ts";
import { Refusal } from "./refusal.ts";
import { type Parts, type Revealed, reveal, split } from "./sdjwt.ts";
import { needsStatus } from "./vocab.ts";

export interface TrustedIssuer {
  iss: string;
  /** Types it may issue. */
  vcts: readonly string[];
  keys: readonly NamedKey[];
  /** Keys of its status lists, never those of its cards. */
  statusKeys: readonly NamedKey[];
}

export interface Card {
  iss: string;
  vct: string;
  exp: number;
  /** The key it is bound to. */
  cnf: PublicJwk;
  status: { uri: string; idx: number } | null;
  /** All that is revealed, without the registered claims. */
  claims: JsonObject;
  parts: Parts;
  revealed: Revealed;
}

export interface CardWant {
  now: number;
  issuers: readonly TrustedIssuer[];
  /** Types asked for. */
  vcts: readonly string[];
}

const LEEWAY_S = 60;
const REGISTERED = [
  "iss",
  "nbf",
  "iat",
  "exp",
  "cnf",
  "vct",
  "vct#integrity",
  "aka_vcts",
  "status",
  "sub",
];

/** The words of CR1 to CR22, first failure first. Key binding and status are looked at elsewhere. */
export async function verifyCard(token: string, want: CardWant): Promise<Card> {
  const parts = split(token);
  const jws = readJws(parts.jwt);
  checkHeader(jws);
  // Without `iss` no key is known; whether it was hidden in a disclosure is still worth saying.
  if (jws.claims.iss === undefined) await reveal(jws.claims, parts.disclosures);
  const issuer = await signer(jws, want.issuers);
  const revealed = await reveal(jws.claims, parts.disclosures);
  const { claims } = revealed;
  if (hasFraction(claims)) throw new Refusal("claim-type");
  const vct = text(claims, "vct");
  const exp = times(claims, want.now);
  if (!issuer.vcts.includes(vct)) throw new Refusal("issuer-type");
  if (!want.vcts.includes(vct)) throw new Refusal("vct");
  const cnf = holderKey(claims.cnf);
  const status = readStatus(claims.status);
  if (status === null && needsStatus(issuer.iss, vct)) throw new Refusal("claim-missing");
  const facts = Object.entries(claims).filter(([name]) => !REGISTERED.includes(name));
  const own = { claims: Object.fromEntries(facts), parts, revealed };
  return { iss: issuer.iss, vct, exp, cnf, status, ...own };
}

function checkHeader({ header }: Jws): void {
  if (header.alg !== "ES256") throw new Refusal("alg");
  if (header.typ !== "dc+sd-jwt") throw new Refusal("typ");
  if (hasForeignHeader(header)) throw new Refusal("header");
}

async function signer(jws: Jws, issuers: readonly TrustedIssuer[]): Promise<TrustedIssuer> {
  const iss = text(jws.claims, "iss");
  const issuer = issuers.find((one) => one.iss === iss);
  const kid = member(jws.header, "kid") ?? null;
  const named = issuer?.keys.find((one) => one.kid === kid);
  if (!issuer || !named) throw new Refusal("issuer");
  if (!(await isSignedBy(jws, named.key))) throw new Refusal("signature");
  return issuer;
}

function text(claims: JsonObject, name: string): string {
  const value = member(claims, name);
  if (value === undefined) throw new Refusal("claim-missing");
  if (typeof value !== "string") throw new Refusal("claim-type");
  return value;
}

function times(claims: JsonObject, now: number): number {
  const { exp, nbf } = claims;
  if (exp === undefined) throw new Refusal("claim-missing");
  if (typeof exp !== "number" || (nbf !== undefined && typeof nbf !== "number")) {
    throw new Refusal("claim-type");
  }
  if (exp <= now - LEEWAY_S) throw new Refusal("expired");
  if (nbf !== undefined && nbf > now + LEEWAY_S) throw new Refusal("not-yet-valid");
  return exp;
}

function holderKey(cnf: Json | undefined): PublicJwk {
  const key = readKey(member(cnf, "jwk"));
  if (key?.kty !== "EC") throw new Refusal("cnf");
  return key;
}

function readStatus(status: Json | undefined): Card["status"] {
  if (status === undefined) return null;
  const list = member(status, "status_list");
  const [uri, idx] = [member(list, "uri"), member(list, "idx")];
  if (!isObject(status) || typeof uri !== "string") throw new Refusal("claim-type");
  if (typeof idx !== "number" || !Number.isSafeInteger(idx) || idx < 0)
    throw new Refusal("claim-type");
  return { uri, idx };
}
