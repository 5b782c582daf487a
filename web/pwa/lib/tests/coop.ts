// A co-op for tests: issues real cards under real keys and asks for them, over requests in memory.
// It is the other side, written against the specifications; nothing of the wallet's is replaced.

import { b64url, utf8 } from "@resonate/lib/bytes";
import { digest, signJws } from "@resonate/lib/jws";
import { generateKey, type KeyPair, random } from "@resonate/lib/platform/webcrypto";
import type { HttpAnswer, HttpRequest } from "../step.ts";
import type { Policy } from "../trust.ts";

export const ISSUER = "http://localhost:8080";
export const LISTEN = "http://listen.localhost:8080";
export const WALLET = "http://wallet.localhost:8080";

export const POLICY: Policy = {
  issuer: ISSUER,
  listen: LISTEN,
  wallet: WALLET,
  anchors: [],
  issuers: [],
  allowLoopback: true,
};

export interface Issue {
  cnf: KeyPair["jwk"];
  vct: string;
  iss: string;
  exp: number;
  facts: Record<string, unknown>;
  status?: { uri: string; idx: number };
}

/** One card as an issuer writes it: every fact disclosable, with two decoys. */
export async function issueCard(key: KeyPair, issue: Issue): Promise<string> {
  const disclosures = Object.entries(issue.facts).map(([name, value]) =>
    b64url(utf8(JSON.stringify([b64url(random(16)), name, value]))),
  );
  const digests = await Promise.all(
    [...disclosures, b64url(random(32)), b64url(random(32))].map(digest),
  );
  const { iss, vct, exp, cnf, status } = issue;
  const payload = { iss, vct, exp, cnf: { jwk: cnf }, _sd_alg: "sha-256", _sd: digests.sort() };
  const listed = status ? { ...payload, status: { status_list: status } } : payload;
  const jwt = await signJws(key, { typ: "dc+sd-jwt", kid: "cards-1" }, listed);
  return `${[jwt, ...disclosures].join("~")}~`;
}

export interface Asked {
  path: string;
  form: Record<string, string>;
  json: Record<string, unknown>;
  headers: Readonly<Record<string, string>>;
}

type Bend = (asked: Asked, answer: HttpAnswer) => HttpAnswer | null;

/** The co-op. `bend` changes what it answers; `null` loses it on the way. */
export class Coop {
  readonly key: KeyPair;
  readonly seen: Asked[] = [];
  readonly now: () => number;
  configuration = "listener";
  facts: Record<string, unknown> = {
    handle: "quiet-otter",
    account: "acc-1",
    listener: "lis-1",
    tier: "free",
    locale: "en",
    age_over_16: true,
    joined_quarter: "2026Q4",
  };
  /** Changes a card before it is signed. */
  spoil: (issue: Issue) => Issue = (issue) => issue;
  /** Changes a card after it was signed. */
  dress: (token: string) => Promise<string> = (token) => Promise.resolve(token);
  bend: Bend = (_, answer) => answer;

  constructor(key: KeyPair, now: () => number) {
    this.key = key;
    this.now = now;
  }

  static async open(now: () => number): Promise<Coop> {
    return new Coop(await generateKey(), now);
  }

  get vct(): string {
    return `${ISSUER}/vct/${this.configuration}/1`;
  }

  /** Requests to a path, in their order. */
  to(path: string): Asked[] {
    return this.seen.filter((asked) => asked.path === path);
  }

  send = async (request: HttpRequest): Promise<HttpAnswer | null> => {
    const { pathname } = new URL(request.url);
    const isForm = request.headers["content-type"] === "application/x-www-form-urlencoded";
    const form = isForm ? Object.fromEntries(new URLSearchParams(request.body)) : {};
    const isJson = request.headers["content-type"] === "application/json";
    const json = isJson ? JSON.parse(request.body ?? "null") : {};
    const asked: Asked = { path: pathname, form, json, headers: request.headers };
    this.seen.push(asked);
    return this.bend(asked, await this.#answer(asked));
  };

  async #answer(asked: Asked): Promise<HttpAnswer> {
    switch (asked.path) {
      case "/.well-known/oauth-authorization-server":
        return ok({
          issuer: ISSUER,
          pushed_authorization_request_endpoint: `${ISSUER}/par`,
          authorization_endpoint: `${ISSUER}/authorize`,
          token_endpoint: `${ISSUER}/token`,
        });
      case "/.well-known/openid-credential-issuer":
        return ok({
          credential_issuer: ISSUER,
          credential_endpoint: `${ISSUER}/credential`,
          deferred_credential_endpoint: `${ISSUER}/deferred_credential`,
          nonce_endpoint: `${ISSUER}/nonce`,
          notification_endpoint: `${ISSUER}/notification`,
          batch_credential_issuance: { batch_size: 20 },
          credential_configurations_supported: {
            [this.configuration]: { format: "dc+sd-jwt", vct: this.vct },
          },
        });
      case "/.well-known/jwt-vc-issuer":
        return ok({ issuer: ISSUER, jwks: { keys: [{ ...this.key.jwk, kid: "cards-1" }] } });
      case "/par":
        return ok({ request_uri: "urn:ietf:params:oauth:request_uri:1", expires_in: 60 }, 201);
      case "/token":
        return ok({ access_token: "at", refresh_token: "refresh-1", token_type: "DPoP" });
      case "/nonce":
        return ok({ c_nonce: "nonce-1" });
      case "/credential":
      case "/deferred_credential":
        return ok(await this.#cards(asked));
      case "/notification":
        return { status: 204, headers: {}, body: "" };
      case "/vp/s":
        return ok({ redirect_uri: `${ISSUER}/back#response_code=c` });
      default:
        return { status: 404, headers: {}, body: "{}" };
    }
  }

  /** Proofs of an earlier request, for the deferred one. */
  #keys: KeyPair["jwk"][] = [];

  async #cards({ json }: Asked): Promise<unknown> {
    const { proofs } = json as { proofs?: { jwt: string[] } };
    if (proofs) this.#keys = proofs.jwt.map(keyInProof);
    const exp = Math.floor(this.now() / 86_400) * 86_400 + 10 * 86_400;
    const cards = this.#keys.map(async (cnf) => {
      const issue = { cnf, vct: this.vct, iss: ISSUER, exp, facts: this.facts };
      const token = await issueCard(this.key, this.spoil(issue));
      return { credential: await this.dress(token) };
    });
    return { credentials: await Promise.all(cards), notification_id: "n-1" };
  }
}

function keyInProof(jwt: string): KeyPair["jwk"] {
  const [head = ""] = jwt.split(".");
  return JSON.parse(Buffer.from(head, "base64url").toString()).jwk;
}

export function ok(body: unknown, status = 200): HttpAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

export function no(
  status: number,
  error: string,
  headers: Record<string, string> = {},
): HttpAnswer {
  return { status, headers, body: JSON.stringify({ error }) };
}

/** The wallet's address for an unsigned request of this machine. */
export function askFor(
  facts: readonly string[],
  more: Record<string, unknown> = {},
  vct = `${ISSUER}/vct/listener/1`,
): string {
  const url = new URL(`${WALLET}/present`);
  const query = {
    credentials: [
      {
        id: "card",
        format: "dc+sd-jwt",
        meta: { vct_values: [vct] },
        claims: facts.map((name) => ({ path: [name] })),
      },
    ],
  };
  const parameters: Record<string, unknown> = {
    client_id: `redirect_uri:${ISSUER}/vp/s`,
    response_type: "vp_token",
    response_mode: "direct_post",
    response_uri: `${ISSUER}/vp/s`,
    nonce: b64url(random(32)),
    state: b64url(random(16)),
    dcql_query: JSON.stringify(query),
    ...more,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}
