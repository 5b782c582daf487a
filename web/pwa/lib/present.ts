// Answering a request: who asks, what would be shown, a yes for each fact, and the answer.

import { b64url } from "@resonate/lib/bytes";
import { asked as askedCards, type Choice, choicesFor, switchedOn } from "./choice.ts";
import type { Copy } from "./copies.ts";
import { copiesOf, isUsable, keyOfCopy, reserve, spend } from "./copies.ts";
import { Failed, rowOf } from "./failures.ts";
import { ask, flow, type Steps, save, send, type Trace } from "./flow.ts";
import { begin, type Disclosure, end, knownFacts } from "./history.ts";
import { form, isGood, patiently, refusalWord, says } from "./http.ts";
import { readJws } from "./jose.ts";
import type { JsonObject } from "./json.ts";
import { encrypt } from "./jwe.ts";
import { bind } from "./kb.ts";
import { isGuarded, keyOf, type Opened } from "./opened.ts";
import { keepPending, type Pending, pendings } from "./outbox.ts";
import type { Question } from "./questions.ts";
import { Refusal } from "./refusal.ts";
import {
  Answerable,
  type Asked,
  isOpenTo,
  readLink,
  readSigned,
  readUnsigned,
  returnOf,
  siopContext,
  WALLET_NONCE,
} from "./request.ts";
import { discloses, type Path, reveal, split } from "./sdjwt.ts";
import { selfIssued } from "./siop.ts";
import { revokedBy } from "./statuses.ts";
import type { Flow, HttpAnswer, Outcome } from "./step.ts";
import type { ToSign } from "./transaction.ts";
import type { Policy } from "./trust.ts";

/** The request behind the wallet's address `url`, answered from this tab. */
export function present(opened: Opened, policy: Policy, wish: { url: string; tab: string }): Flow {
  return flow(opened.world.now, rowOf, async function* (trace) {
    const asked = yield* tellingFaults(trace, readRequest(trace, opened, policy, wish.url));
    trace.host = new URL(asked.origin).host;
    if (asked.what.kind === "self-issued") return yield* signIn(trace, opened, asked, wish.tab);
    return yield* show(trace, opened, policy, asked);
  });
}

async function* readRequest(
  trace: Trace,
  opened: Opened,
  policy: Policy,
  url: string,
): Steps<Asked> {
  trace.step = "request";
  const link = readLink(url);
  const { now, random } = opened.world;
  if (link.kind === "unsigned") return readUnsigned(link.parameters, policy, now());
  if (!isOpenTo(link.requestUri, policy)) throw new Refusal("request-client");
  const walletNonce = b64url(random(WALLET_NONCE));
  const request = form(link.requestUri, { wallet_nonce: walletNonce });
  const headers = { ...request.headers, accept: "application/oauth-authz-req+jwt" };
  const answer = yield* patiently(() => send(trace, "request", { ...request, headers }));
  if (answer.status === 0) throw new Refusal("request-redirected");
  if (!isGood(answer)) throw new Failed(2, "request-gone");
  return readSigned(answer.body.trim(), {
    clientId: link.clientId,
    walletNonce,
    policy,
    now: now(),
  });
}

/** A request whose content cannot be shown is told so; the person sees F1. */
async function* tellingFaults(trace: Trace, read: Steps<Asked>): Steps<Asked> {
  try {
    return yield* read;
  } catch (thrown) {
    if (!(thrown instanceof Answerable)) throw thrown;
    const { responseUri, state } = thrown;
    yield* post({ ...trace }, { responseUri, state }, { error: "invalid_transaction_data" }, true);
    throw thrown;
  }
}

/** The wallet's own key, shown without a screen: only to the issuer this very tab just left for. */
async function* signIn(trace: Trace, opened: Opened, asked: Asked, tab: string): Steps<Outcome> {
  const begun = (await pendings(opened)).find((one) => isFor(one, asked, tab));
  if (!begun || begun.persona !== opened.persona.id) throw new Failed(13, "login-elsewhere");
  const key = await keyOf(opened, "siop", siopContext(asked));
  const { clientId: aud, nonce } = asked;
  const token = await selfIssued(key, { aud, nonce, now: opened.world.now() });
  const { name, origin } = asked;
  const { disclosure, change } = await begin(opened, {
    origin,
    name,
    cards: [],
    facts: [],
    signed: [],
  });
  yield* save(await keepPending(opened, { ...begun, isAnswered: true }), change);
  return yield* answered(trace, opened, { asked, disclosure, copies: [] }, { id_token: token });
}

function isFor(pending: Pending, { origin }: Asked, tab: string): boolean {
  return !pending.isAnswered && pending.tab === tab && new URL(pending.issuer).origin === origin;
}

async function* show(trace: Trace, opened: Opened, policy: Policy, asked: Asked): Steps<Outcome> {
  if (asked.what.kind !== "cards") throw new TypeError("cards were asked for");
  const { query, signs } = asked.what;
  const { origin } = asked;
  const now = opened.world.now();
  const isRevoked = await revokedBy(opened.store);
  const choices = choicesFor(query, await copiesOf(opened), { origin, policy, now, isRevoked });
  const known = knownFacts(opened, origin);
  const reply = yield* ask(questionOf(asked, choices, signs, known));
  const on = reply.say === "no" ? [] : switchedOn(choices, reply.on);
  if (reply.say === "no" || on.length === 0) return yield* decline(trace, asked);
  if (signs.length > 0 && !isGuarded(opened, reply.guard)) throw new Failed(14, "guard-missing");
  const copies = yield* reserveCopies(
    opened,
    on.map(({ choice }) => choice),
    isRevoked,
  );
  const token: Record<string, string[]> = {};
  for (const [i, { choice, paths }] of on.entries()) {
    const copy = copies[i];
    if (!copy) throw new TypeError("a copy was reserved for each card");
    token[choice.id] = [await partOf(opened, asked, copy, { paths, signs })];
  }
  const facts = on.flatMap(({ paths }) => paths.map(([name]) => String(name)));
  const signed = signs.map(({ text }) => text);
  const cards = on.map(({ choice }) => choice.vct);
  const { name } = asked;
  const { disclosure, change } = await begin(opened, { origin, name, cards, facts, signed });
  yield* save(change);
  const number = reply.number === undefined ? {} : { number: reply.number };
  return yield* answered(
    trace,
    opened,
    { asked, disclosure, copies },
    { vp_token: token, ...number },
  );
}

function questionOf(
  asked: Asked,
  choices: readonly Choice[],
  signs: readonly ToSign[],
  known: ReadonlySet<string> | null,
): Extract<Question, { ask: "show" }> {
  const { name, origin, proof, purpose, askedFor, otherDevice, until } = asked;
  const type = signs[0]?.transaction.type;
  return {
    ask: "show",
    verifier: { name, origin, proof, isFirstTime: known === null },
    purpose,
    askedFor,
    act: type === undefined ? "show" : type === "payment" ? "pay" : type,
    cards: askedCards(choices, known),
    signs: signs.map(({ transaction }) => transaction),
    otherDevice,
    isGuarded: signs.length > 0,
    until,
  };
}

/** One copy for each card, taken before anything is signed; another tab may take one first. */
async function* reserveCopies(
  opened: Opened,
  choices: readonly Choice[],
  isRevoked: (copy: Copy) => boolean,
): Steps<Copy[]> {
  for (;;) {
    const now = opened.world.now();
    const left = (await copiesOf(opened)).filter((copy) => isUsable(copy, now) && !isRevoked(copy));
    const taken: Copy[] = [];
    for (const { vct } of choices) {
      const at = left.findIndex((copy) => copy.vct === vct);
      const [copy] = at < 0 ? [] : left.splice(at, 1);
      if (!copy) throw new Failed(9, "no-copy-left", vct);
      taken.push(copy);
    }
    if (yield* save(...taken.map(reserve))) return taken;
  }
}

/** The part of a card that was switched on, bound to the request, and looked at once more. */
async function partOf(
  opened: Opened,
  asked: Asked,
  copy: Copy,
  { paths, signs }: { paths: readonly Path[]; signs: readonly ToSign[] },
): Promise<string> {
  const parts = split(copy.token);
  const { claims } = readJws(parts.jwt);
  const card = { parts, revealed: await reveal(claims, parts.disclosures) };
  const key = await keyOfCopy(opened, copy);
  const { clientId: aud, nonce } = asked;
  const binding = { aud, nonce, signs: signs.map(({ text }) => text), now: opened.world.now() };
  const token = await bind(card, paths, key, binding);
  if (!discloses(token, card.revealed, paths)) throw new Refusal("disclosure-differs");
  return token;
}

async function* decline(trace: Trace, asked: Asked): Steps<Outcome> {
  const answer = yield* post(trace, asked, { error: "access_denied" }, true);
  return { kind: "declined", go: returnOf(asked, says(answer)) };
}

interface Sent {
  asked: Asked;
  disclosure: Disclosure;
  copies: readonly Copy[];
}

/** Sends; whatever comes of it, the copies are spent and the history says how it ended. */
async function* answered(
  trace: Trace,
  opened: Opened,
  sent: Sent,
  fields: JsonObject,
): Steps<Outcome> {
  const { asked, disclosure, copies } = sent;
  const spent = copies.flatMap(spend);
  let answer: HttpAnswer;
  try {
    answer = yield* post(trace, asked, fields, false);
  } catch (thrown) {
    yield* save(...spent, await end(opened, disclosure, "unknown"));
    throw thrown;
  }
  const isTaken = isGood(answer);
  const how = isTaken ? "accepted" : answer.status === 0 ? "unknown" : "refused";
  yield* save(...spent, await end(opened, disclosure, how));
  if (answer.status === 0) throw new Failed(1, "request-redirected");
  if (!isTaken) throw new Failed(11, refusalWord(answer));
  return { kind: "shown", go: asked.otherDevice ? null : returnOf(asked, says(answer)) };
}

/** Errors go in the clear; an answer is sealed where the request said to whom. */
async function* post(
  trace: Trace,
  to: Pick<Asked, "responseUri" | "state"> & { recipient?: Asked["recipient"] },
  fields: JsonObject,
  isError: boolean,
): Steps<HttpAnswer> {
  const state = to.state ?? undefined;
  const texts = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const sealTo = isError ? null : to.recipient;
  const inside = state === undefined ? fields : { ...fields, state };
  const body = sealTo
    ? { response: await encrypt(sealTo, inside) }
    : { ...Object.fromEntries(texts), state };
  return yield* patiently(() => send(trace, "answer", form(to.responseUri, body)));
}
