// Whom the wallet believes: the co-op it was made by, and what its signed list adds.

import { type Bytes, b64url } from "@resonate/lib/bytes";
import type { TrustedIssuer } from "./card.ts";
import { isSignedBy, type PublicKey, readJws, readKeyList } from "./jose.ts";
import { isObject, type Json, member } from "./json.ts";
import { Refusal } from "./refusal.ts";
import { vctsOf } from "./vocab.ts";
import { type Certificate, parseCertificate } from "./x509.ts";

/** A verifier's pinned anchor, with the name and the origins it stands for. */
export interface Anchor {
  certificate: Certificate;
  /** `null` where only the certificate names who asks. */
  name: string | null;
  /** Origins it may be answered at and lead back to; empty where the certificate's hosts say it. */
  origins: readonly string[];
}

/** What a wallet goes by. It comes with the page, from the wallet's own origin. */
export interface Policy {
  /** The co-op's issuer, byte for byte as it names itself. */
  issuer: string;
  /** The listen origin: `listener` is shown there. */
  listen: string;
  /** This wallet's origin. */
  wallet: string;
  anchors: readonly Anchor[];
  /** Further issuers of the trust list. The co-op's own keys come from its metadata. */
  issuers: readonly TrustedIssuer[];
  /** Answer unsigned requests of this machine's own servers (demo, tests). */
  allowLoopback: boolean;
}

/** An anchor from standard base64, as pages and certificates carry it. Refusal: `request-client`. */
export function anchor(der: string, name: string | null, origins: readonly string[]): Anchor {
  return { certificate: parseCertificate(fromBase64(der)), name, origins };
}

/** Standard base64 with padding. Refusal: `request-client`. */
export function fromBase64(text: string): Bytes {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw new Refusal("request-client");
  }
}

export function toBase64(bytes: Bytes): string {
  return btoa(String.fromCharCode(...bytes));
}

/**
 * The issuer behind its metadata (`/.well-known/jwt-vc-issuer`). Refusal: `issuer` for another's
 * document, or keys in two forms or none.
 */
export function issuerOf(metadata: Json, iss: string): TrustedIssuer {
  const [named, jwks, uri] = ["issuer", "jwks", "jwks_uri"].map((name) => member(metadata, name));
  if (named !== iss || (jwks === undefined) === (uri === undefined)) throw new Refusal("issuer");
  const keys = member(jwks, "keys");
  const own = readKeyList(keys);
  if (own.length === 0) throw new Refusal("issuer");
  return { iss, vcts: vctsOf(iss), keys: own, statusKeys: [] };
}

/**
 * The issuer with the keys of its status lists, as it publishes them in its own trust list. `token`
 * comes from the issuer's own origin, as its card keys did, and is believed for that issuer alone and
 * for nothing else: that is why its signature is not looked at here. Refusal: `issuer`.
 */
export function withStatusKeys(issuer: TrustedIssuer, token: string): TrustedIssuer {
  const { claims } = readJws(token);
  const { issuers } = claims;
  const own = Array.isArray(issuers)
    ? issuers.find((one) => member(one, "iss") === issuer.iss)
    : undefined;
  if (own === undefined) throw new Refusal("issuer");
  return { ...issuer, statusKeys: readKeyList(member(own, "status_keys")) };
}

export interface TrustList {
  seq: number;
  exp: number;
  issuers: readonly TrustedIssuer[];
  /** Known, and not to be believed any more. */
  distrusted: readonly string[];
  verifiers: readonly Anchor[];
}

const LONGEST_S = 30 * 86_400;

/**
 * A version of the list, signed by the pinned trust key. Refusals: `trust-signature`, `trust-older`
 * (a number lower than the last), `trust-expired`, `trust-format`.
 */
export async function readTrustList(
  token: string,
  { key, now, seq: last }: { key: PublicKey; now: number; seq: number },
): Promise<TrustList> {
  const jws = readJws(token);
  if (jws.header.typ !== "resonate-trust+jwt" || key.kty !== "OKP")
    throw new Refusal("trust-format");
  if (!(await isSignedBy(jws, key))) throw new Refusal("trust-signature");
  const { seq, iat, exp, issuers, verifiers = [] } = jws.claims;
  if (typeof seq !== "number" || typeof iat !== "number" || typeof exp !== "number") {
    throw new Refusal("trust-format");
  }
  if (seq < last) throw new Refusal("trust-older");
  if (exp <= now || exp > iat + LONGEST_S) throw new Refusal("trust-expired");
  if (!Array.isArray(issuers) || !Array.isArray(verifiers)) throw new Refusal("trust-format");
  const read = issuers.map(readIssuer);
  return {
    seq,
    exp,
    issuers: read.filter((one) => !one.isDistrusted).map((one) => one.issuer),
    distrusted: read.filter((one) => one.isDistrusted).map((one) => one.issuer.iss),
    verifiers: verifiers.flatMap(readVerifier),
  };
}

function readIssuer(json: Json): { issuer: TrustedIssuer; isDistrusted: boolean } {
  const [iss, vcts] = [member(json, "iss"), member(json, "vcts")];
  if (typeof iss !== "string" || !isTexts(vcts)) throw new Refusal("trust-format");
  const keys = readKeyList(member(json, "keys"));
  const statusKeys = readKeyList(member(json, "status_keys"));
  const isDistrusted = member(json, "state") === "distrusted";
  return { issuer: { iss, vcts, keys, statusKeys }, isDistrusted };
}

function readVerifier(json: Json): Anchor[] {
  const [der, name, origins] = ["anchor_der", "name", "origins"].map((one) => member(json, one));
  if (!isObject(json) || typeof name !== "string" || !isTexts(origins)) {
    throw new Refusal("trust-format");
  }
  return typeof der === "string" ? [anchor(der, name, origins)] : [];
}

function isTexts(json: Json | undefined): json is string[] {
  return Array.isArray(json) && json.every((one) => typeof one === "string");
}

/** `x509_hash:` of a certificate. */
export function hashName(sha256: Bytes): string {
  return `x509_hash:${b64url(sha256)}`;
}
