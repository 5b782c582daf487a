// Reading who asks and what (OpenID4VP 1.0 section 5, SIOPv2 draft 13). Two forms: signed, by a
// certificate that leads to a pinned anchor; and unsigned, between this machine's own servers.

import { sha256 } from "@resonate/lib/platform/webcrypto";
import { type Query, readQuery } from "./dcql.ts";
import { Failed } from "./failures.ts";
import { isLoopback, isSafeUrl, parseUrl } from "./http.ts";
import { isSignedBy, readJws } from "./jose.ts";
import { isObject, type Json, type JsonObject, member, parseJson } from "./json.ts";
import { type Recipient, recipientOf } from "./jwe.ts";
import { Refusal } from "./refusal.ts";
import { readTransaction, type ToSign } from "./transaction.ts";
import { type Anchor, fromBase64, hashName, type Policy } from "./trust.ts";
import { anchorOf, type Certificate, parseCertificate } from "./x509.ts";

/** A request that was read and may be shown. */
export interface Asked {
  /** As sent: the audience of the answer, byte for byte. */
  clientId: string;
  responseUri: string;
  nonce: string;
  state: string | null;
  /** Where the answer is sealed to, `null` for a plain one. */
  recipient: Recipient | null;
  /** Cards; or a self-issued token of the wallet's own key. */
  what: { kind: "cards"; query: Query; signs: readonly ToSign[] } | { kind: "self-issued" };
  /** From the certificate or the trust list; on loopback the host itself. */
  name: string;
  proof: "certificate" | "list" | "loopback";
  /** Of the response URI. */
  origin: string;
  /** Origins the answer may lead back to. */
  returns: readonly string[];
  otherDevice: boolean;
  /** What a signed request says it is for: a fixed word of the verifier's. */
  purpose: string | null;
  /** For whom the co-op asks: the name it registered an app under. */
  askedFor: string | null;
  /** Seconds since 1970. */
  until: number | null;
}

/** What the wallet's own address says. */
export type Link =
  | { kind: "unsigned"; parameters: JsonObject }
  | { kind: "signed"; clientId: string; requestUri: string };

const SELF_ISSUED_AUD = "https://self-issued.me/v2";
const LEEWAY_S = 60;
/** Past this a clock is wrong, not a request late. */
const CLOCK_S = 300;

/** Refusals: `malformed`, `request-client`, `request-wallet-nonce` (a request that cannot carry one). */
export function readLink(url: string): Link {
  const { searchParams } = new URL(url);
  const names = [...searchParams.keys()];
  if (new Set(names).size !== names.length) throw new Refusal("malformed");
  const parameters = Object.fromEntries(searchParams);
  const { client_id, request_uri, request_uri_method } = parameters;
  if (client_id === undefined || parameters.request !== undefined)
    throw new Refusal("request-client");
  if (request_uri === undefined) return { kind: "unsigned", parameters };
  if (client_id.startsWith("redirect_uri:")) throw new Refusal("request-client");
  if (request_uri_method !== "post") throw new Refusal("request-wallet-nonce");
  return { kind: "signed", clientId: client_id, requestUri: request_uri };
}

/** An unsigned request. Refusals: the words of CR46 to CR53. */
export function readUnsigned(parameters: JsonObject, policy: Policy, now: number): Asked {
  const { client_id, response_uri, redirect_uri } = parameters;
  const prefix = "redirect_uri:";
  if (typeof client_id !== "string" || !client_id.startsWith(prefix)) {
    throw new Refusal("request-client");
  }
  if (!policy.allowLoopback) throw new Refusal("request-client");
  if (redirect_uri !== undefined) throw new Refusal("request-redirect-uri");
  if (typeof response_uri !== "string") throw new Refusal("request-response-uri");
  const url = parseUrl(response_uri);
  if (!url) throw new Refusal("request-response-uri");
  const isOwn = client_id === prefix + response_uri && url.protocol === "http:" && isLoopback(url);
  if (!isOwn) throw new Refusal("request-client");
  const claims = unfolded(parameters);
  const common = readCommon(claims, now);
  if (claims.response_mode !== "direct_post") throw new Refusal("request-response-mode");
  const names = { name: url.host, proof: "loopback", origin: url.origin } as const;
  return { ...common, ...names, recipient: null, returns: [url.origin, ...ownOrigins(policy)] };
}

/** The co-op's own origins, to which a request of the co-op may lead back. */
function ownOrigins({ issuer, listen }: Policy): string[] {
  return [new URL(issuer).origin, listen];
}

/** Parameters that are JSON inside a URL. */
function unfolded(parameters: JsonObject): JsonObject {
  const claims: JsonObject = { ...parameters };
  for (const name of ["dcql_query", "client_metadata", "transaction_data"]) {
    const text = parameters[name];
    if (text === undefined) continue;
    claims[name] = parsed(
      text,
      name === "transaction_data" ? "request-transaction-data" : "request-query",
    );
  }
  for (const name of ["iat", "exp"]) {
    const text = parameters[name];
    if (text === undefined) continue;
    if (typeof text !== "string" || !/^-?\d{1,12}$/.test(text)) throw new Refusal("request-time");
    claims[name] = Number(text);
  }
  return claims;
}

function parsed(text: Json, word: string): Json {
  try {
    return parseJson(String(text));
  } catch {
    throw new Refusal(word);
  }
}

export interface SignedWant {
  /** From the link. */
  clientId: string;
  walletNonce: string;
  policy: Policy;
  now: number;
}

/** A signed request object. Refusals: the words of CR46 to CR53. */
export async function readSigned(token: string, want: SignedWant): Promise<Asked> {
  const jws = readJws(token);
  if (jws.header.typ !== "oauth-authz-req+jwt") throw new Refusal("request-typ");
  const { leaf, anchor } = await chainOf(jws.header, want);
  if (jws.header.alg !== "ES256" || !(await isSignedBy(jws, leaf.key))) {
    throw new Refusal("request-signature");
  }
  const { claims } = jws;
  const named = hashName(await sha256(leaf.der));
  if (claims.client_id !== named || want.clientId !== named) throw new Refusal("request-client");
  if (claims.wallet_nonce !== want.walletNonce) throw new Refusal("request-wallet-nonce");
  if (claims.redirect_uri !== undefined) throw new Refusal("request-redirect-uri");
  const url = responseUrl(claims.response_uri, leaf, anchor, want.policy);
  const common = readCommon(claims, want.now);
  const recipient = recipientFor(claims);
  const name = anchor.name ?? leaf.hosts[0] ?? url.host;
  const proof = anchor.name === null ? "certificate" : "list";
  const isOwn = url.origin === new URL(want.policy.issuer).origin;
  const own = isOwn ? ownOrigins(want.policy) : [];
  // A name for somebody else is believed of the co-op alone.
  const said = {
    purpose: shownText(claims.resonate_purpose),
    askedFor: isOwn ? shownText(claims.resonate_for) : null,
  };
  return {
    ...common,
    ...said,
    name,
    proof,
    origin: url.origin,
    recipient,
    returns: [url.origin, ...anchor.origins, ...own],
  };
}

async function chainOf(
  header: JsonObject,
  { policy, now }: SignedWant,
): Promise<{ leaf: Certificate; anchor: Anchor }> {
  const { x5c } = header;
  if (!Array.isArray(x5c) || x5c.length === 0) throw new Refusal("request-client");
  const chain = x5c.map((der) => parseCertificate(fromBase64(String(der))));
  const [leaf] = chain;
  if (!leaf) throw new Refusal("request-client");
  return { leaf, anchor: await anchorOf(chain, policy.anchors, now) };
}

/** https, or this machine where the policy says so. */
export function isOpenTo(text: string, { allowLoopback }: Policy): boolean {
  return isSafeUrl(text) && (allowLoopback || new URL(text).protocol === "https:");
}

/** At a host of the certificate and, where the list names origins, one of them. */
function responseUrl(
  text: Json | undefined,
  leaf: Certificate,
  { origins }: Anchor,
  policy: Policy,
): URL {
  const url = typeof text === "string" && isOpenTo(text, policy) ? parseUrl(text) : null;
  if (!url || !leaf.hosts.includes(url.hostname)) throw new Refusal("request-response-uri");
  if (origins.length > 0 && !origins.includes(url.origin))
    throw new Refusal("request-response-uri");
  return url;
}

const LONGEST_SHOWN = 100;

/** A text that may stand on a screen. */
function shownText(json: Json | undefined): string | null {
  if (typeof json !== "string" || json.length > LONGEST_SHOWN || /\p{C}/u.test(json)) return null;
  return json;
}

function recipientFor(claims: JsonObject): Recipient | null {
  if (claims.response_mode === "direct_post.jwt") return recipientOf(claims.client_metadata);
  if (claims.response_mode === "direct_post") return null;
  throw new Refusal("request-response-mode");
}

/** A request that can be told what is wrong with it: it is its sender's, only its content is not. */
export class Answerable extends Refusal {
  readonly responseUri: string;
  readonly state: string | null;
  constructor(word: string, responseUri: string, state: string | null) {
    super(word);
    this.responseUri = responseUri;
    this.state = state;
  }
}

type Common = Omit<Asked, "name" | "proof" | "origin" | "recipient" | "returns">;

function readCommon(claims: JsonObject, now: number): Common {
  const { client_id, response_uri, nonce, state, exp } = claims;
  if (typeof nonce !== "string" || !/^[A-Za-z0-9_.~-]{22,}$/.test(nonce)) {
    throw new Refusal("request-nonce");
  }
  checkTimes(claims, now);
  const aud = claims.aud;
  if (aud !== undefined && aud !== SELF_ISSUED_AUD) throw new Refusal("request-aud");
  if (state !== undefined && typeof state !== "string") throw new Refusal("request-query");
  return {
    clientId: String(client_id),
    responseUri: String(response_uri),
    nonce,
    state: state ?? null,
    what: answerably(claims, () => whatOf(claims)),
    otherDevice: claims.resonate_device === "other",
    purpose: null,
    askedFor: null,
    until: typeof exp === "number" ? exp : null,
  };
}

/** Called once the response URI is known to be the sender's own. */
function answerably<T>({ response_uri, state }: JsonObject, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof Refusal) || thrown.word !== "request-transaction-data") throw thrown;
    const named = typeof state === "string" ? state : null;
    throw new Answerable(thrown.word, String(response_uri), named);
  }
}

function checkTimes({ iat, exp, wallet_nonce }: JsonObject, now: number): void {
  const isNumber = (value: Json | undefined) => value === undefined || typeof value === "number";
  if (!isNumber(iat) || !isNumber(exp)) throw new Refusal("request-time");
  const isOver = typeof exp === "number" && exp <= now - LEEWAY_S;
  const isAhead = typeof iat === "number" && iat > now + LEEWAY_S;
  if (!isOver && !isAhead) return;
  // One that holds this call's nonce was signed a moment ago: if its time seems far, the clock is wrong.
  const isFar = typeof iat === "number" && Math.abs(iat - now) > CLOCK_S;
  if (isFar && (isAhead || wallet_nonce !== undefined)) throw new Failed(3, "request-time");
  throw new Refusal("request-time");
}

/** What older versions of the protocol used instead of the query. */
const OLD = ["scope", "presentation_definition", "presentation_definition_uri", "client_id_scheme"];

function whatOf(claims: JsonObject): Asked["what"] {
  if (claims.response_type === "id_token") {
    const isOwn = claims.scope === "openid" && claims.dcql_query === undefined;
    const type = claims.id_token_type ?? "subject_signed_id_token";
    if (!isOwn || type !== "subject_signed_id_token") throw new Refusal("request-query");
    return { kind: "self-issued" };
  }
  if (claims.response_type !== "vp_token") throw new Refusal("request-query");
  if (OLD.some((name) => claims[name] !== undefined)) throw new Refusal("request-query");
  if (!isObject(claims.dcql_query)) throw new Refusal("request-query");
  const query = readQuery(claims.dcql_query);
  return { kind: "cards", query, signs: signsOf(claims.transaction_data, query) };
}

function signsOf(json: Json | undefined, query: Query): ToSign[] {
  if (json === undefined) return [];
  if (!Array.isArray(json) || json.length === 0) throw new Refusal("request-transaction-data");
  const ids = new Set(query.credentials.map(({ id }) => id));
  return json.map((text) => {
    if (typeof text !== "string") throw new Refusal("request-transaction-data");
    const read = readTransaction(text);
    if (!read.cards.every((id) => ids.has(id))) throw new Refusal("request-transaction-data");
    return read;
  });
}

/** The context of the key that answers a self-issued request: the host, lower case, no port. */
export function siopContext({ responseUri }: Asked): string {
  return new URL(responseUri).hostname;
}

/** Where a verifier's answer may lead, or `null` for anywhere else. */
export function returnOf(asked: Asked, answer: JsonObject): string | null {
  const to = member(answer, "redirect_uri");
  const url = typeof to === "string" && isSafeUrl(to) ? parseUrl(to) : null;
  return url && asked.returns.includes(url.origin) ? url.href : null;
}

/** The size of a wallet's own nonce, in bytes. */
export const WALLET_NONCE = 16;
