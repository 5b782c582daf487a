// Taking cards: from an offer, by a login, by a refresh token, or after a wait.

import { b64url } from "@resonate/lib/bytes";
import type { KeyPair } from "@resonate/lib/platform/webcrypto";
import { keyRow } from "./copies.ts";
import { Failed, rowOf } from "./failures.ts";
import { ask, flow, type Steps, save, send, type Trace } from "./flow.ts";
import { knownFacts } from "./history.ts";
import { form, get, isGood, Prover, patiently, postJson, refusalWord, says } from "./http.ts";
import {
  type From,
  fetchCards,
  issuerMetadata,
  type Taking,
  take,
  trustedIssuer,
} from "./issued.ts";
import {
  leave,
  loginMetadata,
  loginOf,
  noteLogin,
  pendingOf,
  redeem,
  refreshed,
  signerOf,
  tokensOf,
  type Wish,
} from "./login.ts";
import type { Opened } from "./opened.ts";
import { deferreds, forgetDeferred, keepDeferred } from "./outbox.ts";
import { findOfferKey } from "./personas.ts";
import type { Flow, Outcome } from "./step.ts";
import type { Change } from "./store.ts";
import type { Policy } from "./trust.ts";
import { CLIENT_ID, type Offer, readIssued, readOffer, readOfferLink } from "./vci.ts";
import { typeOf } from "./vocab.ts";

export type { From } from "./issued.ts";

/** Joins under a handle (or signs in, where the wallet's key is known) and goes on to the first cards. */
export function join(
  opened: Opened,
  policy: Policy,
  wish: From & { handle: string; admission: string },
): Flow {
  return flow(opened.world.now, rowOf, (trace) => {
    const { handle, admission, tab, returnTo } = wish;
    const first = { issuer: policy.issuer, configuration: "listener", offer: null };
    return leave(trace, opened, {
      ...first,
      ...back(policy),
      tab,
      returnTo,
      join: { handle, admission },
    });
  });
}

/** New copies: silently where a login still stands, else by leaving the page. */
export function renew(
  opened: Opened,
  policy: Policy,
  wish: From & { issuer: string; configuration: string },
): Flow {
  return flow(opened.world.now, rowOf, async function* (trace) {
    const known = loginOf(opened, wish.issuer, wish.configuration);
    const tokens = known ? yield* refreshed(trace, opened, known) : null;
    if (tokens) return yield* fetchCards(trace, opened, policy, { ...wish, tokens });
    return yield* leave(trace, opened, { ...wish, ...back(policy), join: null, offer: null });
  });
}

/** Goes on at `/cb` where a login left the page. */
export function resume(opened: Opened, policy: Policy, { url }: { url: string }): Flow {
  return flow(opened.world.now, rowOf, async function* (trace) {
    const callback = new URL(url);
    const pending = await pendingOf(opened, callback);
    const tokens = yield* redeem(trace, opened, pending, callback);
    return yield* fetchCards(trace, opened, policy, { ...pending, tokens });
  });
}

/** An offer, by its link. */
export function takeOffer(opened: Opened, policy: Policy, wish: From & { url: string }): Flow {
  return flow(opened.world.now, rowOf, async function* (trace) {
    const link = readOfferLink(wish.url);
    if (link.kind === "at") believe(policy, new URL(link.url).origin);
    const offer = link.kind === "here" ? link.offer : yield* fetchOffer(trace, link.url);
    believe(policy, offer.issuer);
    const context = await offerKey(opened, offer);
    const metadata = yield* issuerMetadata(trace, offer);
    const type = typeOf(offer.issuer, metadata.vct);
    const reply = yield* ask({
      ask: "take",
      issuer: offer.issuer,
      isFirstTime: knownFacts(opened, new URL(offer.issuer).origin) === null,
      configuration: offer.configuration,
      vct: metadata.vct,
      copies: Math.min(metadata.copies, type?.copies ?? 1),
      facts: type?.facts ?? [],
      until: null,
    });
    if (reply.say === "no") return { kind: "declined", go: wish.returnTo };
    if (offer.grant.kind === "desk")
      return yield* fromDesk(trace, opened, policy, { ...wish, offer });
    const { issuerState } = offer.grant;
    const bound = issuerState !== null && context !== null ? { issuerState, context } : null;
    return yield* leave(trace, opened, {
      ...wish,
      ...back(policy),
      ...offer,
      join: null,
      offer: bound,
    });
  });
}

function back(policy: Policy): Pick<Wish, "redirectUri"> {
  return { redirectUri: `${policy.wallet}/cb` };
}

/** F19 for an issuer the co-op does not know. */
function believe(policy: Policy, issuer: string): void {
  const known = [policy.issuer, ...policy.issuers.map(({ iss }) => iss)];
  const { origin } = new URL(issuer);
  if (!known.some((iss) => iss === issuer || new URL(iss).origin === origin))
    throw new Failed(19, "issuer");
}

const [FIRST_WAIT_S, LONGEST_WAIT_S] = [2, 600];

/** An offer may come later than its link: the wallet waits, doubling, and the person may stop (F5). */
async function* fetchOffer(trace: Trace, url: string): Steps<Offer> {
  for (let seconds = FIRST_WAIT_S; ; seconds = Math.min(LONGEST_WAIT_S, seconds * 2)) {
    const answer = yield* patiently(() => send(trace, "offer", get(url)));
    if (answer.status === 0) throw new Failed(19, "offer-redirected");
    if (isGood(answer)) return readOffer(says(answer));
    if (answer.status === 410) throw new Failed(6, refusalWord(answer));
    if (answer.status !== 404) throw new Failed(6, refusalWord(answer));
    const reply = yield* ask({ ask: "wait", seconds, why: 5 });
    if (reply.say === "no") throw new Failed(5, "offer-not-yet");
  }
}

/** The context of the key an offer is for. F4 where it is another persona's, or not this wallet's. */
async function offerKey(opened: Opened, { jkt }: Offer): Promise<string | null> {
  if (jkt === null) return null;
  const found = await findOfferKey(opened, jkt);
  if (found?.persona !== opened.persona.id) throw new Failed(4, "offer-key", found?.persona);
  return found.context;
}
const MOST_TRIES = 5;

/** A desk's offer: its code, and the one it said on another channel (section 6.1). */
async function* fromDesk(
  trace: Trace,
  opened: Opened,
  policy: Policy,
  { offer, returnTo, tab }: From & { offer: Offer },
): Steps<Outcome> {
  const { grant, issuer, configuration } = offer;
  if (grant.kind !== "desk") throw new TypeError("a desk's offer was due");
  const metadata = yield* loginMetadata(trace, issuer);
  const signer = await opened.world.newKey();
  const id = b64url(opened.world.random(16));
  yield* save(keyRow(id, signer));
  const prover = new Prover(signer, opened.world);
  for (let left = MOST_TRIES; ; left--) {
    const tx = grant.txCode ? yield* ask({ ask: "code", ...grant.txCode, left }) : null;
    if (tx?.say === "no") return { kind: "declined", go: returnTo };
    const request = form(metadata.token, {
      grant_type: "urn:ietf:params:oauth:grant-type:pre-authorized_code",
      client_id: CLIENT_ID,
      "pre-authorized_code": grant.code,
      tx_code: tx?.code,
    });
    const answer = yield* patiently(() => prover.send(trace, "desk", request));
    if (isGood(answer)) {
      const tokens = tokensOf(says(answer), prover, { kind: "device", id });
      return yield* fetchCards(trace, opened, policy, {
        issuer,
        configuration,
        returnTo,
        tab,
        tokens,
      });
    }
    const isWrongCode = grant.txCode !== null && refusalWord(answer) === "invalid_grant";
    if (!isWrongCode) throw new Failed(6, refusalWord(answer));
    if (left <= 1) throw new Failed(7, "invalid_grant", "0");
  }
}

/** Asks whether the issuer has decided. F6 where it said no, or the offer was withdrawn. */
export function askAgain(opened: Opened, policy: Policy, wish: From & { id: string }): Flow {
  return flow(opened.world.now, rowOf, async function* (trace) {
    const row = (await deferreds(opened)).find((one) => one.id === wish.id);
    const rec = row && opened.records.get(row.login);
    if (!row || !rec || row.persona !== opened.persona.id) throw new Failed(6, "deferred-unknown");
    const over: Change[] = [
      forgetDeferred(row),
      ...row.keys.map((key) => ({ table: "keys", key, drop: true }) as const),
    ];
    const tokens = yield* refreshed(trace, opened, rec);
    if (!tokens) {
      yield* save(...over);
      throw new Failed(6, "deferred-ended");
    }
    const { issuer, configuration } = row;
    const taking: Taking = {
      issuer,
      configuration,
      tokens,
      tab: wish.tab,
      returnTo: wish.returnTo,
    };
    yield* save(...(await noteLogin(opened, taking, tokens)));
    const metadata = yield* issuerMetadata(trace, row);
    if (metadata.deferred === null) throw new Failed(19, "issuer");
    const request = postJson(metadata.deferred, { transaction_id: row.transaction });
    const answer = yield* patiently(() =>
      tokens.prover.send(trace, "deferred", request, { token: tokens.access }),
    );
    if (!isGood(answer)) {
      yield* save(...over);
      throw new Failed(6, refusalWord(answer));
    }
    const issued = readIssued(says(answer));
    if (issued.kind === "later") {
      const at = opened.world.now() + issued.seconds;
      yield* save(await keepDeferred(opened, { ...row, at, transaction: issued.transaction }));
      return { kind: "deferred", again: at };
    }
    const trusted = yield* trustedIssuer(trace, policy, issuer);
    const keys = await Promise.all(row.keys.map((id) => signerOf(opened, { kind: "device", id })));
    const own = keys.flatMap((key) => (isP256(key) ? [key] : []));
    return yield* take(trace, opened, {
      taking,
      metadata,
      trusted,
      keys: own,
      also: over,
      ...issued,
    });
  });
}

function isP256(key: { jwk: { kty: string } }): key is KeyPair {
  return key.jwk.kty === "EC";
}
