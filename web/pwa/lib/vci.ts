// Messages of issuance (OpenID4VCI 1.0): offers, metadata, proofs, and what came of them.

import { signJws } from "@resonate/lib/jws";
import type { KeyPair } from "@resonate/lib/platform/webcrypto";
import { type Card, type TrustedIssuer, verifyCard } from "./card.ts";
import { Failed } from "./failures.ts";
import { isSafeUrl } from "./http.ts";
import { isObject, type Json, type JsonObject, member, parseJson } from "./json.ts";
import { isBoundTo } from "./kb.ts";
import { Refusal } from "./refusal.ts";

/** This wallet's name at every issuer. */
export const CLIENT_ID = "resonate-wallet";
const PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
/** Most copies asked for at once. */
const MOST_COPIES = 20;

export interface TxCode {
  text: string;
  length: number | null;
  digits: boolean;
}

export interface Offer {
  issuer: string;
  configuration: string;
  /** How the issuer knows what is offered: a reference, or a desk's code. */
  grant:
    | { kind: "login"; issuerState: string | null }
    | { kind: "desk"; code: string; txCode: TxCode | null };
  /** Thumbprint of the one key that may take it; `null` where anyone may. */
  jkt: string | null;
}

/** Where an offer is found: at an address, or in the link itself. */
export type OfferLink = { kind: "at"; url: string } | { kind: "here"; offer: Offer };

/** Refusal: `offer-malformed`. */
export function readOfferLink(link: string): OfferLink {
  const { searchParams } = new URL(link);
  const [at, here] = [
    searchParams.get("credential_offer_uri"),
    searchParams.get("credential_offer"),
  ];
  if (at !== null && here === null && isSafeUrl(at)) return { kind: "at", url: at };
  if (at !== null || here === null) throw new Refusal("offer-malformed");
  return { kind: "here", offer: readOffer(parseJson(here)) };
}

/** Refusal: `offer-malformed`. */
export function readOffer(json: Json): Offer {
  const issuer = member(json, "credential_issuer");
  const ids = member(json, "credential_configuration_ids");
  const configuration = Array.isArray(ids) ? ids[0] : undefined;
  if (typeof issuer !== "string" || !isSafeUrl(issuer) || typeof configuration !== "string") {
    throw new Refusal("offer-malformed");
  }
  const jkt = member(json, "resonate_jkt");
  const grants = member(json, "grants");
  const whose = typeof jkt === "string" ? jkt : null;
  return { issuer, configuration, grant: readGrant(grants), jkt: whose };
}

function readGrant(grants: Json | undefined): Offer["grant"] {
  const desk = member(grants, PRE_AUTHORIZED);
  const code = member(desk, "pre-authorized_code");
  if (typeof code === "string")
    return { kind: "desk", code, txCode: readTxCode(member(desk, "tx_code")) };
  const issuerState = member(member(grants, "authorization_code"), "issuer_state");
  return { kind: "login", issuerState: typeof issuerState === "string" ? issuerState : null };
}

function readTxCode(json: Json | undefined): TxCode | null {
  if (!isObject(json)) return null;
  const { description, length, input_mode } = json;
  return {
    text: typeof description === "string" ? description.slice(0, 300) : "",
    length: typeof length === "number" ? length : null,
    digits: input_mode !== "text",
  };
}

/** What the issuer says of itself, as far as a wallet needs it. */
export interface IssuerMetadata {
  issuer: string;
  credential: string;
  nonce: string;
  deferred: string | null;
  notification: string | null;
  copies: number;
  vct: string;
}

/** F19 for another's document, or one without this card. */
export function readIssuerMetadata(
  json: Json,
  { issuer, configuration }: { issuer: string; configuration: string },
): IssuerMetadata {
  if (member(json, "credential_issuer") !== issuer) throw new Failed(19, "issuer");
  const one = member(member(json, "credential_configurations_supported"), configuration);
  const [vct, format] = [member(one, "vct"), member(one, "format")];
  if (typeof vct !== "string" || format !== "dc+sd-jwt") {
    throw new Failed(19, "unknown_credential_configuration");
  }
  const size = member(member(json, "batch_credential_issuance"), "batch_size");
  const copies = typeof size === "number" ? Math.max(1, Math.min(MOST_COPIES, size)) : 1;
  return {
    issuer,
    credential: needed(json, "credential_endpoint"),
    nonce: needed(json, "nonce_endpoint"),
    deferred: endpoint(json, "deferred_credential_endpoint"),
    notification: endpoint(json, "notification_endpoint"),
    copies,
    vct,
  };
}

/** The login half: RFC 8414. */
export interface LoginMetadata {
  par: string;
  authorize: string;
  token: string;
}

/** F19 for another's document, or one without pushed requests. */
export function readLoginMetadata(json: Json, issuer: string): LoginMetadata {
  if (member(json, "issuer") !== issuer) throw new Failed(19, "issuer");
  return {
    par: needed(json, "pushed_authorization_request_endpoint"),
    authorize: needed(json, "authorization_endpoint"),
    token: needed(json, "token_endpoint"),
  };
}

function endpoint(json: Json, name: string): string | null {
  const url = member(json, name);
  return typeof url === "string" && isSafeUrl(url) ? url : null;
}

function needed(json: Json, name: string): string {
  const url = endpoint(json, name);
  if (url === null) throw new Failed(19, "issuer");
  return url;
}

/** The well-known address of an issuer, inserted before any path (RFC 8414 section 3). */
export function wellKnown(issuer: string, name: string): string {
  const url = new URL(issuer);
  const path = url.pathname === "/" ? "" : url.pathname;
  return `${url.origin}/.well-known/${name}${path}`;
}

/** One proof a key, all with the same nonce (section F.1). */
export async function proofs(
  keys: readonly KeyPair[],
  { issuer, nonce, now }: { issuer: string; nonce: string; now: number },
): Promise<string[]> {
  const claims = { iss: CLIENT_ID, aud: issuer, iat: now, nonce };
  return Promise.all(
    keys.map((key) => signJws(key, { typ: "openid4vci-proof+jwt", jwk: { ...key.jwk } }, claims)),
  );
}

/** What `/credential` and `/deferred_credential` answer. */
export type Issued =
  | { kind: "cards"; tokens: readonly string[]; notification: string | null }
  | { kind: "later"; transaction: string; seconds: number };

const SHORTEST_S = 5;

/** F19 for another shape. */
export function readIssued(json: JsonObject): Issued {
  const { credentials, transaction_id, interval, notification_id } = json;
  if (typeof transaction_id === "string" && credentials === undefined) {
    const seconds = typeof interval === "number" ? Math.max(SHORTEST_S, interval) : 86_400;
    return { kind: "later", transaction: transaction_id, seconds };
  }
  if (!Array.isArray(credentials)) throw new Failed(19, "credential-shape");
  const tokens = credentials.map((one) => {
    const token = member(one, "credential");
    if (typeof token !== "string") throw new Failed(19, "credential-shape");
    return token;
  });
  return {
    kind: "cards",
    tokens,
    notification: typeof notification_id === "string" ? notification_id : null,
  };
}

export interface Matched {
  token: string;
  card: Card;
  key: KeyPair;
}

/**
 * Each card with the key it was asked for: by that issuer, of that type, bound to a key of ours that
 * no other card has, without a key-binding token. One that does not fit refuses them all (CR55).
 */
export async function matchCards(
  tokens: readonly string[],
  keys: readonly KeyPair[],
  want: { issuer: TrustedIssuer; vct: string; now: number },
): Promise<Matched[]> {
  if (tokens.length === 0 || tokens.length > keys.length) throw new Refusal("credential-count");
  const left = [...keys];
  const matched: Matched[] = [];
  for (const token of tokens) {
    const card = await verifyCard(token, {
      now: want.now,
      issuers: [want.issuer],
      vcts: [want.vct],
    });
    if (card.parts.binding !== null) throw new Refusal("kb-unexpected");
    const places = await Promise.all(left.map((key) => isBoundTo(card, key.jwk)));
    const [key] = left.splice(places.indexOf(true), places.includes(true) ? 1 : 0);
    if (!key) throw new Refusal("cnf");
    matched.push({ token, card, key });
  }
  return matched;
}
