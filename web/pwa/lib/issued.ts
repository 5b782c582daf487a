// With tokens in hand: nonce, proofs, cards, checks, store, tell. Each card is verified and matched to its
// key and type before anything is stored; one that does not fit refuses them all.

import { b64url } from "@resonate/lib/bytes";
import type { KeyPair } from "@resonate/lib/platform/webcrypto";
import type { TrustedIssuer } from "./card.ts";
import { copiesOf, keepCopy, keyRow, sweep } from "./copies.ts";
import { Failed } from "./failures.ts";
import { type Steps, save, send, type Trace } from "./flow.ts";
import { form, get, good, isGood, patiently, postJson, refusalWord, says, textOf } from "./http.ts";
import { loginOf, noteLogin, type Tokens } from "./login.ts";
import type { Opened } from "./opened.ts";
import { type Deferred, keepDeferred } from "./outbox.ts";
import { Refusal } from "./refusal.ts";
import type { Outcome } from "./step.ts";
import type { Change } from "./store.ts";
import { issuerOf, type Policy } from "./trust.ts";
import {
  type IssuerMetadata,
  matchCards,
  proofs,
  readIssued,
  readIssuerMetadata,
  wellKnown,
} from "./vci.ts";
import { typeOf } from "./vocab.ts";

/** From where a flow was begun, to come back there. */
export interface From {
  /** Of this browser tab: random, in `sessionStorage`. */
  tab: string;
  returnTo: string | null;
}
export async function* issuerMetadata(
  trace: Trace,
  { issuer, configuration }: { issuer: string; configuration: string },
): Steps<IssuerMetadata> {
  const url = wellKnown(issuer, "openid-credential-issuer");
  const answer = yield* patiently(() => send(trace, "metadata", get(url)));
  return readIssuerMetadata(good(answer, 19), { issuer, configuration });
}

export interface Taking extends From {
  issuer: string;
  configuration: string;
  tokens: Tokens;
}

/** With tokens in hand: nonce, proofs, cards, checks, store, tell. */
export async function* fetchCards(
  trace: Trace,
  opened: Opened,
  policy: Policy,
  taking: Taking,
): Steps<Outcome> {
  const { tokens, issuer, configuration } = taking;
  yield* save(...(await noteLogin(opened, taking, tokens)));
  const metadata = yield* issuerMetadata(trace, taking);
  const trusted = yield* trustedIssuer(trace, policy, issuer);
  const copies = Math.min(metadata.copies, typeOf(issuer, metadata.vct)?.copies ?? 1);
  const keys = await Promise.all(Array.from({ length: copies }, () => opened.world.newKey()));
  const answer = yield* askForCards(trace, opened, { metadata, tokens, configuration, keys });
  const issued = readIssued(answer);
  if (issued.kind === "later") {
    return yield* putOff(opened, { taking, keys, ...issued });
  }
  return yield* take(trace, opened, { taking, metadata, trusted, keys, ...issued });
}

export async function* trustedIssuer(
  trace: Trace,
  policy: Policy,
  issuer: string,
): Steps<TrustedIssuer> {
  const pinned = policy.issuers.find(({ iss }) => iss === issuer);
  if (pinned) return pinned;
  const url = wellKnown(issuer, "jwt-vc-issuer");
  const answer = yield* patiently(() => send(trace, "issuer-keys", get(url)));
  return issuerOf(good(answer, 19), issuer);
}

async function* askForCards(
  trace: Trace,
  opened: Opened,
  request: {
    metadata: IssuerMetadata;
    tokens: Tokens;
    configuration: string;
    keys: readonly KeyPair[];
  },
) {
  const { metadata, tokens, configuration, keys } = request;
  const { prover, access } = tokens;
  for (let tries = 0; ; tries++) {
    const nonces = yield* patiently(() =>
      prover.send(trace, "nonce", { ...form(metadata.nonce, {}), body: "" }),
    );
    const nonce = textOf(good(nonces, 19), "c_nonce");
    if (nonce === null) throw new Failed(19, "nonce-shape");
    const jwt = await proofs(keys, { issuer: metadata.issuer, nonce, now: opened.world.now() });
    const body = { credential_configuration_id: configuration, proofs: { jwt } };
    const sent = postJson(metadata.credential, body);
    const answer = yield* patiently(() =>
      prover.send(trace, "credential", sent, { token: access }),
    );
    // A nonce may grow old on a slow line: once more with another.
    if (refusalWord(answer) === "invalid_nonce" && !isGood(answer) && tries === 0) continue;
    if (!isGood(answer))
      throw new Failed(wasWithdrawn(answer.status, refusalWord(answer)), refusalWord(answer));
    return says(answer);
  }
}

function wasWithdrawn(status: number, word: string): 6 | 19 {
  return status === 401 || word === "credential_request_denied" ? 6 : 19;
}

interface Came {
  taking: Taking;
  metadata: IssuerMetadata;
  trusted: TrustedIssuer;
  keys: readonly KeyPair[];
  tokens: readonly string[];
  notification: string | null;
  also?: readonly Change[];
}

export async function* take(trace: Trace, opened: Opened, came: Came): Steps<Outcome> {
  const { taking, metadata, trusted, notification } = came;
  const { vct } = metadata;
  const now = opened.world.now();
  trace.step = "check";
  let changes: Change[];
  try {
    const matched = await matchCards(came.tokens, came.keys, { issuer: trusted, vct, now });
    const kept = matched.map(({ token, card, key }) => {
      const { exp, status, claims } = card;
      return keepCopy(opened, key, { vct, iss: trusted.iss, exp, token, status, claims });
    });
    const old = sweep(await copiesOf(opened), now);
    changes = [
      ...old,
      ...(await Promise.all(kept)).flat(),
      ...(await noteCard(opened, taking, vct)),
    ];
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    yield* tell(trace, came, "credential_failure");
    throw new Failed(19, thrown.word);
  }
  yield* save(...changes, ...(came.also ?? []));
  if (notification !== null) yield* tell(trace, came, "credential_accepted");
  return { kind: "received", vct, copies: came.tokens.length, go: taking.returnTo };
}

/** That this persona holds a card of the type, so that other devices fetch their own. */
async function noteCard(
  opened: Opened,
  { issuer, configuration }: Taking,
  vct: string,
): Promise<Change[]> {
  const persona = opened.persona.id;
  const known = opened.records
    .of("card")
    .some(({ value }) => value.vct === vct && value.persona === persona);
  return known ? [] : [await opened.records.put("card", { vct, issuer, configuration, persona })];
}

/** A courtesy to the issuer: the cards are stored, whatever comes of it. */
async function* tell(
  trace: Trace,
  { metadata, taking, notification }: Came,
  event: string,
): Steps<void> {
  if (metadata.notification === null || notification === null) return;
  const request = postJson(metadata.notification, { notification_id: notification, event });
  const { prover, access } = taking.tokens;
  try {
    yield* prover.send({ ...trace }, "notification", request, { token: access });
  } catch (thrown) {
    if (!(thrown instanceof Failed)) throw thrown;
  }
}

async function* putOff(
  opened: Opened,
  {
    taking,
    keys,
    transaction,
    seconds,
  }: { taking: Taking; keys: readonly KeyPair[]; transaction: string; seconds: number },
): Steps<Outcome> {
  const { world, persona } = opened;
  const ids = keys.map(() => b64url(world.random(16)));
  const at = world.now() + seconds;
  const id = b64url(world.random(16));
  const login = loginOf(opened, taking.issuer, taking.configuration)?.id ?? "";
  const { issuer, configuration } = taking;
  const row: Deferred = {
    id,
    at,
    persona: persona.id,
    issuer,
    configuration,
    transaction,
    keys: ids,
    login,
  };
  const kept = keys.map((key, i) => keyRow(ids[i] ?? "", key));
  yield* save(...kept, await keepDeferred(opened, row));
  return { kind: "deferred", again: at };
}
