// A run written down: what came in and what the flow did, without what chance alone decides
// (signatures, the ids of proofs). Time, chance and keys are part of the recording.

import { createHash } from "node:crypto";
import type { Bytes } from "@resonate/lib/bytes";
import type { KeyPair } from "@resonate/lib/platform/webcrypto";
import type { Input, Step } from "../step.ts";
import type { World } from "../world.ts";

export interface Recording {
  about: string;
  seed: string;
  now: number;
  /** Private JWKs of the test's keys, in the order they were asked for. */
  keys: JsonWebKey[];
  origins: { issuer: string; listen: string; wallet: string };
  runs: Run[];
}

export interface Run {
  flow: "join" | "present" | "resume";
  /** What the screen gave it. */
  wish: Record<string, string>;
  turns: [unknown, unknown][];
}

const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;

/** A world of the recording: the same each time. Keys it lacks are made and noted. */
export function worldOf(recording: Recording): World {
  let [drawn, asked] = [0, 0];
  return {
    now: () => recording.now,
    random: (length: number): Bytes => {
      const out = new Uint8Array(length);
      for (let at = 0; at < length; at += 32) {
        const block = createHash("sha256").update(`${recording.seed}:${drawn++}`).digest();
        out.set(block.subarray(0, Math.min(32, length - at)), at);
      }
      return out;
    },
    newKey: async (): Promise<KeyPair> => {
      const at = asked++;
      recording.keys[at] ??= await newJwk();
      return keyOf(recording.keys[at]);
    },
  };
}

async function newJwk(): Promise<JsonWebKey> {
  const extractable = true;
  const pair = await crypto.subtle.generateKey(P256, extractable, ["sign", "verify"]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return { kty: kty ?? "", crv: crv ?? "", x: x ?? "", y: y ?? "", d: d ?? "" };
}

async function keyOf(jwk: JsonWebKey): Promise<KeyPair> {
  const extractable = false;
  const privateKey = await crypto.subtle.importKey("jwk", jwk, P256, extractable, ["sign"]);
  return { privateKey, jwk: { kty: "EC", crv: "P-256", x: jwk.x ?? "", y: jwk.y ?? "" } };
}

/** A step without chance: signed texts by their content, what is saved by its place. */
export function plainStep(step: Step): unknown {
  if (step.kind === "save") {
    return {
      save: step.changes.map(
        (change) =>
          `${"put" in change ? "put" : "drop" in change ? "drop" : change.to} ${change.table}`,
      ),
    };
  }
  if (step.kind !== "send") return step;
  const { method, url, headers, body } = step.request;
  return {
    send: `${method} ${url}`,
    headers: plain(headers),
    body: body === undefined ? null : plainBody(body),
  };
}

function plainBody(body: string): unknown {
  if (body.startsWith("{")) return plain(JSON.parse(body));
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([name, value]) => [name, plain(value)]),
  );
}

const JWT = /^(ey[\w-]+)\.([\w-]+)\.[\w-]+$/;

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
  }
  if (typeof value !== "string") return value;
  if (value.startsWith("{")) return plain(JSON.parse(value));
  if (value.includes("~")) {
    const parts = value.split("~");
    return { card: parts.slice(0, -1), bound: plain(parts.at(-1)) };
  }
  const [, head = "", claims = ""] = JWT.exec(value) ?? [];
  if (head === "") return value;
  const { jti: _, ...said } = decoded(claims);
  return { header: decoded(head), claims: said };
}

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, "base64url").toString());
}

/** Headers a flow looks at; the others are the server's own business. */
const HEARD = ["dpop-nonce", "request-id", "retry-after", "www-authenticate"];

export function plainInput(input: Input): unknown {
  if (input.kind !== "answer") return input;
  const headers = Object.entries(input.answer.headers).filter(([name]) => HEARD.includes(name));
  return { ...input, answer: { ...input.answer, headers: Object.fromEntries(headers) } };
}
