// Proofs as a server sees them.

import { describe, expect, it } from "vitest";
import { b64url, fromB64url, utf8 } from "../bytes.ts";
import { DpopSender, makeProof } from "../dpop.ts";
import { signIntent } from "../intent.ts";
import { digest, thumbprint } from "../jws.ts";
import { generateKey, type KeyPair, sha256, verifyEs256 } from "../platform/webcrypto.ts";

const NOW = 1_795_251_600;

interface Parts {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

async function open(key: KeyPair, token: string): Promise<Parts> {
  const [head = "", body = "", signature = ""] = token.split(".");
  const bytes = fromB64url(signature);
  if (!bytes) throw new Error("no signature");
  expect(await verifyEs256(key.jwk, bytes, utf8(`${head}.${body}`))).toBe(true);
  const read = (part: string) =>
    JSON.parse(new TextDecoder().decode(fromB64url(part) ?? undefined));
  return { header: read(head), claims: read(body) };
}

describe("a proof", () => {
  it("names method, address without query, nonce, and the body's hash", async () => {
    const key = await generateKey();
    const proof = {
      method: "POST",
      url: "http://listen.localhost:8080/play/start?x=1#y",
      now: NOW,
    };
    const { header, claims } = await open(
      key,
      await makeProof(key, { ...proof, nonce: "n1", body: '{"a":1}' }),
    );
    expect(header).toEqual({ typ: "dpop+jwt", alg: "ES256", jwk: key.jwk });
    const { jti, ...rest } = claims;
    expect(String(jti)).toMatch(/^[\w-]{22}$/);
    expect(rest).toEqual({
      htm: "POST",
      htu: "http://listen.localhost:8080/play/start",
      iat: NOW,
      nonce: "n1",
      bh: b64url(await sha256(utf8('{"a":1}'))),
    });
  });
  it("comes from a key that cannot be read out", async () => {
    const key = await generateKey();
    expect(key.privateKey.extractable).toBe(false);
    expect(Object.keys(key.jwk).sort()).toEqual(["crv", "kty", "x", "y"]);
  });
});

describe("a sender", () => {
  it("meets the demand for a nonce once, and keeps the newest", async () => {
    const key = await generateKey();
    const nonces: unknown[] = [];
    const answers = [
      new Response('{"type":"/problems/use_dpop_nonce"}', {
        status: 401,
        headers: { "DPoP-Nonce": "one" },
      }),
      new Response("{}", { status: 200, headers: { "DPoP-Nonce": "two" } }),
      new Response("{}", { status: 200 }),
    ];
    const fake: typeof fetch = async (_, init) => {
      const proof = new Headers(init?.headers).get("DPoP") ?? "";
      nonces.push((await open(key, proof)).claims.nonce);
      return answers.shift() ?? Response.error();
    };
    const kept: string[] = [];
    const memory = { load: () => null, save: (nonce: string) => kept.push(nonce) };
    const options = { key, origin: "http://a.test", now: () => NOW, fetch: fake, memory };
    const sender = new DpopSender(options);
    expect((await sender.send({ method: "POST", path: "/x", body: {} })).status).toBe(200);
    await sender.send({ method: "DELETE", path: "/x" });
    expect(nonces).toEqual([undefined, "one", "two"]);
    expect(kept).toEqual(["one", "two"]);
  });
  it("does not repeat what was refused for another reason", async () => {
    const key = await generateKey();
    let calls = 0;
    const fake: typeof fetch = () => {
      calls++;
      return Promise.resolve(new Response("{}", { status: 401, headers: { "DPoP-Nonce": "n" } }));
    };
    const sender = new DpopSender({ key, origin: "http://a.test", now: () => NOW, fetch: fake });
    expect((await sender.send({ method: "POST", path: "/x" })).status).toBe(401);
    expect(calls).toBe(1);
  });
});

describe("an intent", () => {
  it("says what it may cost, for which hold, for a short while", async () => {
    const key = await generateKey();
    const play = "000102030405060708090a0b0c0d0e0f";
    const aud = "http://listen.localhost:8080/payments";
    const token = await signIntent(key, { aud, play, max: 8_000, mandate: "m1", now: NOW });
    const { header, claims } = await open(key, token);
    expect(header).toEqual({
      typ: "play-intent+jwt",
      alg: "ES256",
      kid: await thumbprint(key.jwk),
    });
    expect(claims).toEqual({
      aud,
      hold: "3c4f87c8a3e98b7c7dcb81b3ea8ddda8",
      max: 8_000,
      mandate: "m1",
      iat: NOW,
      exp: NOW + 300,
    });
    expect(await digest("")).toBe("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
  });
});
