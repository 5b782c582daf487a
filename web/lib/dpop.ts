// Proof of possession for each request (RFC 9449), with the server's nonce and, where asked, a hash of
// the body. One sender holds one key and the newest nonce.

import { b64url, utf8 } from "./bytes.ts";
import { digest, type SigningKey, signJws } from "./jws.ts";
import { type KeyPair, random, sha256 } from "./platform/webcrypto.ts";

export interface Proof {
  method: string;
  /** Full address; query and fragment are cut (RFC 9449 4.2). */
  url: string;
  /** Seconds since 1970. */
  now: number;
  nonce?: string | undefined;
  /** Adds `bh`, the hash of the body as sent. */
  body?: string | undefined;
  /** Adds `ath`, the hash of the access token sent beside it. */
  token?: string | undefined;
  /** Further claims, where a door asks for them. */
  more?: Record<string, unknown>;
}

export async function makeProof(key: SigningKey, proof: Proof): Promise<string> {
  const htu = new URL(proof.url);
  htu.search = "";
  htu.hash = "";
  const claims: Record<string, unknown> = {
    ...proof.more,
    jti: b64url(random(16)),
    htm: proof.method,
    htu: htu.href,
    iat: proof.now,
  };
  if (proof.nonce !== undefined) claims.nonce = proof.nonce;
  if (proof.body !== undefined) claims.bh = b64url(await sha256(utf8(proof.body)));
  if (proof.token !== undefined) claims.ath = await digest(proof.token);
  return signJws(key, { typ: "dpop+jwt", jwk: { ...key.jwk } }, claims);
}

export interface Sent {
  method: "POST" | "DELETE";
  /** Path on this origin. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Whether the proof names the body's hash too; true unless said. */
  bound?: boolean;
  /** Lets the request outlive the page. */
  keepalive?: boolean;
}

/** Where the newest nonce is kept between pages: one request less on each. */
export interface NonceMemory {
  load: () => string | null;
  save: (nonce: string) => void;
}

/** Sends requests of this origin with a proof each; learns the nonce from every answer. */
export class DpopSender {
  readonly key: KeyPair;
  readonly #origin: string;
  readonly #now: () => number;
  readonly #fetch: typeof fetch;
  readonly #memory: NonceMemory | undefined;
  #nonce: string | undefined;

  constructor(options: {
    key: KeyPair;
    origin: string;
    now: () => number;
    fetch: typeof fetch;
    memory?: NonceMemory;
  }) {
    this.#memory = options.memory;
    this.#nonce = options.memory?.load() ?? undefined;
    this.key = options.key;
    this.#origin = options.origin;
    this.#now = options.now;
    this.#fetch = options.fetch;
  }

  /** The answer, whatever its status. A demand for a (newer) nonce is met once. */
  async send(sent: Sent): Promise<Response> {
    const first = await this.#try(sent, await this.proof(sent));
    if (first.status !== 401 || !(await wantsNonce(first))) return first;
    return this.#try(sent, await this.proof(sent));
  }

  /** Sends with a proof made before: for the moment a page goes away and nothing can be awaited. */
  sendPrepared(sent: Sent, proof: string): void {
    void this.#try({ ...sent, keepalive: true }, proof).catch(() => undefined);
  }

  proof(sent: Sent): Promise<string> {
    return makeProof(this.key, {
      method: sent.method,
      url: this.#origin + sent.path,
      now: this.#now(),
      nonce: this.#nonce,
      body: sent.body === undefined || sent.bound === false ? undefined : JSON.stringify(sent.body),
    });
  }

  async #try(sent: Sent, proof: string): Promise<Response> {
    const headers: Record<string, string> = { DPoP: proof, Accept: "application/json" };
    const init: RequestInit = {
      method: sent.method,
      headers,
      credentials: "same-origin",
      keepalive: sent.keepalive ?? false,
    };
    if (sent.body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(sent.body);
    }
    const send = this.#fetch;
    const response = await send(this.#origin + sent.path, init);
    const next = response.headers.get("DPoP-Nonce");
    if (next !== null && next !== this.#nonce) {
      this.#nonce = next;
      this.#memory?.save(next);
    }
    return response;
  }
}

async function wantsNonce(response: Response): Promise<boolean> {
  if (!response.headers.has("DPoP-Nonce")) return false;
  if (response.headers.get("WWW-Authenticate")?.includes("use_dpop_nonce")) return true;
  return (await response.clone().text()).includes("use_dpop_nonce");
}
