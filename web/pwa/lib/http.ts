// Requests with proofs, the server's nonces, and what an answer says.

import { makeProof } from "@resonate/lib/dpop";
import type { SigningKey } from "@resonate/lib/jws";
import { Failed, type FailureCode } from "./failures.ts";
import { ask, type Steps, send, type Trace } from "./flow.ts";
import { isObject, type JsonObject, member, parseJson } from "./json.ts";
import type { HttpAnswer, HttpRequest } from "./step.ts";
import type { World } from "./world.ts";

/** `http` is spoken to this machine alone. */
export function isLoopback(url: URL): boolean {
  const { hostname } = url;
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "127.0.0.1" ||
    hostname === "[::1]"
  );
}

/** `URL.parse`, which not every engine has. */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

export function isSafeUrl(text: string): boolean {
  const url = parseUrl(text);
  if (url === null) return false;
  if (url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
}

export function get(url: string): HttpRequest {
  return { method: "GET", url, headers: { accept: "application/json" } };
}

export function form(
  url: string,
  fields: Readonly<Record<string, string | undefined>>,
): HttpRequest {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) body.append(name, value);
  }
  const headers = {
    accept: "application/json",
    "content-type": "application/x-www-form-urlencoded",
  };
  return { method: "POST", url, headers, body: body.toString() };
}

export function postJson(url: string, value: unknown): HttpRequest {
  const headers = { accept: "application/json", "content-type": "application/json" };
  return { method: "POST", url, headers, body: JSON.stringify(value) };
}

/** Sends with proofs by one key; keeps the newest nonce of each server. */
export class Prover {
  readonly key: SigningKey;
  readonly #world: World;
  readonly #nonces = new Map<string, string>();

  constructor(key: SigningKey, world: World) {
    this.key = key;
    this.#world = world;
  }

  /** The answer, whatever its status. A demand for a newer nonce is met once. */
  async *send(
    trace: Trace,
    step: string,
    request: HttpRequest,
    {
      token,
      isBound = false,
      more,
    }: { token?: string; isBound?: boolean; more?: Record<string, unknown> } = {},
  ): Steps<HttpAnswer> {
    const { origin } = new URL(request.url);
    for (let tries = 0; ; tries++) {
      const proof = await makeProof(this.key, {
        method: request.method,
        url: request.url,
        now: this.#world.now(),
        nonce: this.#nonces.get(origin),
        token,
        body: isBound ? (request.body ?? "") : undefined,
        ...(more ? { more } : {}),
      });
      const bearer = token === undefined ? {} : { authorization: `DPoP ${token}` };
      const headers = { ...request.headers, dpop: proof, ...bearer };
      const answer = yield* send(trace, step, { ...request, headers });
      const nonce = answer.headers["dpop-nonce"];
      if (nonce !== undefined) this.#nonces.set(origin, nonce);
      const asksNonce = [400, 401].includes(answer.status) && wantsNonce(answer);
      if (!asksNonce || tries > 0) return answer;
    }
  }
}

/** OAuth says so in its body; other doors in a header that foreign pages may not read. */
function wantsNonce({ headers, body }: HttpAnswer): boolean {
  return (
    (headers["www-authenticate"] ?? body).includes("use_dpop_nonce") ||
    body.includes("use_dpop_nonce")
  );
}

/** The JSON object an answer holds; an empty one where it holds none. */
export function says(answer: HttpAnswer): JsonObject {
  try {
    const value = parseJson(answer.body);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

export function textOf(value: JsonObject, name: string): string | null {
  const text = member(value, name);
  return typeof text === "string" ? text : null;
}

/** The word of a refusal: OAuth's `error`, a `reason`, or the slug of a problem. */
export function refusalWord(answer: HttpAnswer): string {
  const body = says(answer);
  const slug = textOf(body, "type")?.split("/").at(-1);
  return textOf(body, "reason") ?? textOf(body, "error") ?? slug ?? `status-${answer.status}`;
}

export function isGood(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

const LONGEST_WAIT_S = 600;

/** Seconds a busy server asks to wait, or `null` where it is not busy. */
export function busyFor(answer: HttpAnswer): number | null {
  if (answer.status !== 429 && answer.status !== 503) return null;
  const seconds = Number(answer.headers["retry-after"] ?? "5");
  return Number.isFinite(seconds) ? Math.min(LONGEST_WAIT_S, Math.max(1, Math.ceil(seconds))) : 5;
}

/**
 * Sends until the server is no longer busy or the person stops waiting (F22). `again` makes the
 * sending anew each time.
 */
export async function* patiently(again: () => Steps<HttpAnswer>): Steps<HttpAnswer> {
  for (;;) {
    const answer = yield* again();
    const seconds = busyFor(answer);
    if (seconds === null) return answer;
    const reply = yield* ask({ ask: "wait", seconds, why: 22 });
    if (reply.say === "no") throw new Failed(22, refusalWord(answer), String(seconds));
  }
}

/** The JSON of a good answer; else the failure of that row with the server's word. */
export function good(answer: HttpAnswer, otherwise: FailureCode): JsonObject {
  if (isGood(answer)) return says(answer);
  const seconds = busyFor(answer);
  if (seconds !== null) throw new Failed(22, refusalWord(answer), String(seconds));
  throw new Failed(otherwise, refusalWord(answer));
}
