// The requests of the player, each with its proof, each answer parsed.

import { hex } from "@resonate/lib/bytes";
import { DpopSender, type Sent } from "@resonate/lib/dpop";
import { signIntent } from "@resonate/lib/intent";
import { random } from "@resonate/lib/platform/webcrypto";
import { goodJson, Refused } from "@resonate/lib/problem";
import { keepMandateId, keepSessionUntil, mandateId, playerKey, sessionUntil } from "./keys.ts";
import {
  type Beat,
  type Mandate,
  type Price,
  type Purse,
  parseBeat,
  parseMandateAsked,
  parsePreview,
  parsePrices,
  parsePurse,
  parseSession,
  parseStarted,
  type Started,
} from "./wire.ts";

/** Seconds before its end at which a session is opened anew. */
const MARGIN_S = 60;

/** A choice of renditions: MP3 can be fed piece by piece, Opus 64 spares bytes. */
export type Prefer = readonly ("opus128" | "opus64" | "mp3")[];

/** What confirms a spending limit: a passkey here, or the key of a wallet. */
export type Via = "passkey" | "wallet";

export interface Wish {
  play: string;
  track: string;
  /** The price that was shown; 0 needs no limit. */
  price: number;
  mandate: string | null;
  prefer: Prefer;
}

export function newPlay(): string {
  return hex(random(16));
}

export class Api {
  readonly #sender: DpopSender;
  readonly #aud: string;

  private constructor(sender: DpopSender, aud: string) {
    this.#sender = sender;
    this.#aud = aud;
  }

  static async open(aud: string): Promise<Api> {
    const key = await playerKey();
    const send: typeof fetch = (input, init) => fetch(input, init);
    const origin = location.origin;
    const memory = { load: loadNonce, save: saveNonce };
    const sender = new DpopSender({ key, origin, now: seconds, fetch: send, memory });
    const api = new Api(sender, aud);
    if ((await sessionUntil()) < seconds() + MARGIN_S) await api.#openSession();
    return api;
  }

  async prices(ids: string[]): Promise<{ tracks: Price[]; paid_at_start: boolean }> {
    const body = { ids };
    return parsePrices(await this.#ask({ method: "POST", path: "/tracks/prices", body }));
  }

  async start(wish: Wish): Promise<Started> {
    const { play, track, price, mandate, prefer } = wish;
    const signed =
      price > 0 && mandate !== null
        ? { aud: this.#aud, play, max: price, mandate, now: seconds() }
        : null;
    const intent = signed ? await signIntent(this.#sender.key, signed) : null;
    const body = { play, track, prefer, region: "ZZ", explicit_ok: true, intent };
    return parseStarted(await this.#ask({ method: "POST", path: "/play/start", body }));
  }

  async beat(
    play: string,
    heardMs: number,
    positionMs: number,
    event: "beat" | "end",
  ): Promise<Beat> {
    return parseBeat(await this.#ask(beatOf(play, heardMs, positionMs, event)));
  }

  /** A proof for the last beat, made while there is time. */
  farewell(play: string): Promise<string> {
    return this.#sender.proof({ method: "POST", path: `/play/${play}/beat` });
  }

  /** The last beat of a page that is going away. */
  leave(play: string, heardMs: number, positionMs: number, proof: string): void {
    this.#sender.sendPrepared(beatOf(play, heardMs, positionMs, "end"), proof);
  }

  /** The limit this browser may sign for, if it still stands. */
  async mandate(purse: Purse): Promise<Mandate | null> {
    const id = await mandateId();
    return purse.mandates.find((mandate) => mandate.id === id) ?? null;
  }

  /** Asks for a spending limit for this browser's key; returns where it is confirmed. */
  async askMandate(wish: { total: number; via: Via; formToken: string }): Promise<string> {
    const { total: max_total, via, formToken } = wish;
    const body = { jwk: this.#sender.key.jwk, max_total, days: 30, via };
    const response = await fetch("/purse/mandates", {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "Form-Token": formToken,
      },
      credentials: "same-origin",
      body: JSON.stringify({ ...body, return: location.pathname + location.search }),
    });
    const asked = parseMandateAsked(await goodJson(response));
    await keepMandateId(asked.id);
    return asked.step_up_url ?? asked.wallet_url ?? "/purse";
  }

  async #openSession(): Promise<void> {
    const answer = await this.#sender.send({ method: "POST", path: "/play/session", body: {} });
    await keepSessionUntil(parseSession(await goodJson(answer)).until);
  }

  /** Sends; a session that ended meanwhile is opened once more. */
  async #ask(sent: Sent): Promise<unknown> {
    try {
      return await goodJson(await this.#sender.send(sent));
    } catch (error) {
      if (!(error instanceof Refused) || error.problem.slug !== "session-needed") throw error;
      await this.#openSession();
      return goodJson(await this.#sender.send(sent));
    }
  }
}

export async function getPurse(): Promise<Purse> {
  const headers = { Accept: "application/json" };
  return parsePurse(await goodJson(await fetch("/purse", { headers, credentials: "same-origin" })));
}

export async function getPreview(track: string): Promise<string> {
  const headers = { Accept: "application/json" };
  return parsePreview(await goodJson(await fetch(`/tracks/${track}/preview`, { headers }))).url;
}

function beatOf(play: string, heardMs: number, positionMs: number, event: "beat" | "end"): Sent {
  const body = { heard_ms: heardMs, position_ms: positionMs, event };
  return { method: "POST", path: `/play/${play}/beat`, body, bound: false };
}

const NONCE = "resonate-nonce";

/** The newest nonce of this tab; no secret, and good for minutes only. */
function loadNonce(): string | null {
  return sessionStorage.getItem(NONCE);
}

function saveNonce(nonce: string): void {
  sessionStorage.setItem(NONCE, nonce);
}

/** The server's time: phone clocks err, and proofs must be young by its clock. */
let skewS = 0;

/** Tells what the server's clock said when it made this page. */
export function setServerTime(now: number): void {
  skewS = now - Math.floor(Date.now() / 1000);
}

function seconds(): number {
  return Math.floor(Date.now() / 1000) + skewS;
}
