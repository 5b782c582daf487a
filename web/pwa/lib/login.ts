// Coming to an issuer (RFC 9126, 7636, 9449): push the request, leave the page, come back with a code.

import { b64url } from "@resonate/lib/bytes";
import { digest, type SigningKey, thumbprint } from "@resonate/lib/jws";
import { Failed } from "./failures.ts";
import { type Steps, save, send, type Trace } from "./flow.ts";
import {
  busyFor,
  form,
  get,
  good,
  isGood,
  Prover,
  patiently,
  refusalWord,
  says,
  textOf,
} from "./http.ts";
import type { JsonObject } from "./json.ts";
import { personaKey } from "./keys.ts";
import { isKeyRow, type Opened } from "./opened.ts";
import { forgetPending, keepPending, type Pending, pendings } from "./outbox.ts";
import type { Outcome } from "./step.ts";
import type { Change } from "./store.ts";
import type { Rec } from "./vault/body.ts";
import { CLIENT_ID, type LoginMetadata, readLoginMetadata, wellKnown } from "./vci.ts";

const SCOPE = "openid offline_access resonate.credential";

/** Why the wallet goes to an issuer. */
export interface Wish {
  issuer: string;
  configuration: string;
  redirectUri: string;
  tab: string;
  returnTo: string | null;
  /** Join under this handle where the wallet's key is unknown; `null` signs in only. */
  join: { handle: string; admission: string } | null;
  /** An offer-bound card: the reference, and the context of the key it is for. */
  offer: { issuerState: string; context: string } | null;
}

export interface Tokens {
  prover: Prover;
  access: string;
  refresh: string | null;
  /** For the record that lets the wallet come back. */
  key: Pending["key"];
}

export async function* loginMetadata(trace: Trace, issuer: string): Steps<LoginMetadata> {
  const url = wellKnown(issuer, "oauth-authorization-server");
  const answer = yield* patiently(() => send(trace, "discovery", get(url)));
  return readLoginMetadata(good(answer, 19), issuer);
}

/** Pushes the request and ends with the page to go to; the rest waits in the outbox. */
export async function* leave(trace: Trace, opened: Opened, wish: Wish): Steps<Outcome> {
  const { world } = opened;
  const metadata = yield* loginMetadata(trace, wish.issuer);
  const [id, verifier] = [b64url(world.random(24)), b64url(world.random(32))];
  const { signer, key, changes } = await newKey(opened, wish.offer?.context ?? null);
  const pushed = form(metadata.par, {
    client_id: CLIENT_ID,
    response_type: "code",
    redirect_uri: wish.redirectUri,
    scope: SCOPE,
    state: id,
    code_challenge: await digest(verifier),
    code_challenge_method: "S256",
    dpop_jkt: await thumbprint(signer.jwk),
    ...(wish.offer
      ? { issuer_state: wish.offer.issuerState }
      : // The wallet's own key answers without a page; a known one merely signs in.
        { acr_values: "urn:resonate:acr:wallet", prompt: "create" }),
    login_hint: wish.join?.handle,
    resonate_admission: wish.join?.admission,
  });
  const prover = new Prover(signer, world);
  const answer = yield* patiently(() => prover.send(trace, "par", pushed));
  if (!isGood(answer)) throw new Failed(wish.offer ? 6 : 11, refusalWord(answer));
  const requestUri = textOf(says(answer), "request_uri");
  if (requestUri === null) throw new Failed(19, "par-shape");
  const { issuer, configuration, redirectUri, tab, returnTo } = wish;
  const persona = opened.persona.id;
  const where = { issuer, configuration, redirectUri, tab, returnTo, persona };
  const pending: Pending = { ...where, id, at: world.now(), verifier, key, isAnswered: false };
  yield* save(...changes, await keepPending(opened, pending));
  const url = new URL(metadata.authorize);
  url.searchParams.set("client_id", CLIENT_ID);
  url.searchParams.set("request_uri", requestUri);
  return { kind: "go", url: url.href };
}

async function newKey(
  opened: Opened,
  context: string | null,
): Promise<{ signer: SigningKey; key: Pending["key"]; changes: Change[] }> {
  if (context !== null) {
    const signer = await personaKey(opened.seed, "offer", opened.persona.id, context);
    return { signer, key: { kind: "offer", context }, changes: [] };
  }
  const signer = await opened.world.newKey();
  const id = b64url(opened.world.random(16));
  const put = { privateKey: signer.privateKey, jwk: signer.jwk };
  return { signer, key: { kind: "device", id }, changes: [{ table: "keys", key: id, put }] };
}

/** The key a login is bound to. F13 where this device no longer has it. */
export async function signerOf(opened: Opened, key: Pending["key"]): Promise<SigningKey> {
  if (key.kind === "offer") return personaKey(opened.seed, "offer", opened.persona.id, key.context);
  const row = await opened.store.get("keys", key.id);
  if (!isKeyRow(row)) throw new Failed(13, "login-key");
  const { privateKey, jwk } = row;
  return { privateKey, jwk: { kty: "EC", crv: "P-256", x: String(jwk.x), y: String(jwk.y) } };
}

/** The login a callback belongs to. F13 for another's, used or late. */
export async function pendingOf(opened: Opened, callback: URL): Promise<Pending> {
  const state = callback.searchParams.get("state");
  const found = (await pendings(opened)).find((one) => one.id === state);
  if (!found || found.persona !== opened.persona.id) throw new Failed(13, "login-state");
  // Mix-up (RFC 9207): the answer names who gave it.
  if (callback.searchParams.get("iss") !== found.issuer) throw new Failed(13, "login-iss");
  return found;
}

/** Redeems the code of a callback. The login is forgotten with it: a code is good once. */
export async function* redeem(
  trace: Trace,
  opened: Opened,
  pending: Pending,
  callback: URL,
): Steps<Tokens> {
  yield* save(forgetPending(pending));
  const error = callback.searchParams.get("error");
  if (error !== null) throw new Failed(pending.key.kind === "offer" ? 6 : 11, error);
  const code = callback.searchParams.get("code");
  if (code === null) throw new Failed(13, "login-code");
  const metadata = yield* loginMetadata(trace, pending.issuer);
  const prover = new Prover(await signerOf(opened, pending.key), opened.world);
  const request = form(metadata.token, {
    grant_type: "authorization_code",
    client_id: CLIENT_ID,
    code,
    redirect_uri: pending.redirectUri,
    code_verifier: pending.verifier,
  });
  const answer = yield* patiently(() => prover.send(trace, "token", request));
  if (!isGood(answer)) throw new Failed(pending.key.kind === "offer" ? 6 : 13, refusalWord(answer));
  return tokensOf(says(answer), prover, pending.key);
}

export function tokensOf(answer: JsonObject, prover: Prover, key: Pending["key"]): Tokens {
  const [access, refresh] = [textOf(answer, "access_token"), textOf(answer, "refresh_token")];
  if (access === null) throw new Failed(19, "token-shape");
  return { prover, access, refresh, key };
}

/** The record by which the wallet comes back to an issuer for that card. */
export function loginOf(opened: Opened, issuer: string, configuration: string): Rec | undefined {
  return [...opened.records.of("login"), ...opened.records.of("renewal")].find(
    ({ value }) =>
      value.issuer === issuer &&
      value.configuration === configuration &&
      value.persona === opened.persona.id,
  );
}

/**
 * Notes the newest refresh token. One bound to an offer key is synced: any device of this vault can
 * use it; one bound to a key of this device stays here.
 */
export async function noteLogin(
  opened: Opened,
  { issuer, configuration }: { issuer: string; configuration: string },
  { key, refresh }: Tokens,
): Promise<Change[]> {
  if (refresh === null) return [];
  const known = loginOf(opened, issuer, configuration);
  const value = { issuer, configuration, persona: opened.persona.id, refresh, key };
  const kind = key.kind === "offer" ? "renewal" : "login";
  return [await opened.records.put(kind, value, known?.id)];
}

/** New tokens without the person, or `null` where the login has ended. */
export async function* refreshed(trace: Trace, opened: Opened, rec: Rec): Steps<Tokens | null> {
  const { issuer, refresh } = rec.value;
  const key = readKeyName(rec.value.key);
  if (typeof issuer !== "string" || typeof refresh !== "string" || !key) return null;
  const metadata = yield* loginMetadata(trace, issuer);
  const prover = new Prover(await signerOf(opened, key), opened.world);
  const fields = { grant_type: "refresh_token", client_id: CLIENT_ID, refresh_token: refresh };
  const answer = yield* prover.send(trace, "refresh", form(metadata.token, fields));
  if (isGood(answer)) {
    const tokens = tokensOf(says(answer), prover, key);
    return { ...tokens, refresh: tokens.refresh ?? refresh };
  }
  if (busyFor(answer) !== null) good(answer, 22);
  return null;
}

function readKeyName(json: unknown): Pending["key"] | null {
  const { kind, id, context } = json as Record<string, unknown>;
  if (kind === "device" && typeof id === "string") return { kind, id };
  return kind === "offer" && typeof context === "string" ? { kind, context } : null;
}
