// Who asks and what: request objects (CR46 to CR53), self-issued tokens (CR44, CR45), the query
// language, what is signed along, encrypted answers.

import { fromHex } from "@resonate/lib/bytes";
import { thumbprint } from "@resonate/lib/jws";
import { ed25519OfSeed, sha256 } from "@resonate/lib/platform/webcrypto";
import { compactDecrypt, importJWK } from "jose";
import { describe, expect, it } from "vitest";
import { matches, readPath, readQuery, select } from "../dcql.ts";
import { encrypt, recipientOf } from "../jwe.ts";
import { readLink, readSigned, readUnsigned } from "../request.ts";
import { selfIssued, verifySelfIssued } from "../siop.ts";
import { hashes, readTransaction } from "../transaction.ts";
import { anchor, fromBase64, hashName, type Policy } from "../trust.ts";
import { parseCertificate } from "../x509.ts";
import { credentials, data, verdict } from "./corpus.ts";

const { request_objects, x509_hash } = credentials;

const POLICY: Policy = {
  issuer: "https://id.example.coop",
  listen: "https://listen.example.coop",
  wallet: "https://wallet.example.coop",
  anchors: [anchor(x509_hash.anchor_der, null, [])],
  issuers: [],
  allowLoopback: true,
};

/** In these the outer client id equals the inner one. */
const OUTER_IS_INNER = ["hash-of-other-certificate", "self-signed-leaf"];

function innerClientId(request: string): string {
  const [, body = ""] = request.split(".");
  return JSON.parse(Buffer.from(body, "base64url").toString()).client_id;
}

describe("request objects (CR46 to CR53)", () => {
  const { policy, cases } = request_objects;
  for (const row of cases) {
    it(`${row.id}: ${row.expect}`, async () => {
      const isInner = OUTER_IS_INNER.includes(row.id) || row.id.startsWith("prefix-");
      const clientId = isInner ? innerClientId(row.request) : policy.outer_client_id;
      const want = { clientId, walletNonce: policy.wallet_nonce, policy: POLICY, now: policy.now };
      expect(await verdict(() => readSigned(row.request, want))).toBe(row.expect);
    });
  }
  it("the good one names who asks from its certificate, and where to seal the answer to", async () => {
    const [good] = cases;
    const clientId = policy.outer_client_id;
    const want = { clientId, walletNonce: policy.wallet_nonce, policy: POLICY, now: policy.now };
    const asked = await readSigned(good?.request ?? "", want);
    expect(asked.name).toBe("id.example.coop");
    expect(asked.proof).toBe("certificate");
    expect(asked.recipient).toMatchObject({ kid: "e1", enc: "A256GCM" });
  });
  it("without the pinned anchor nobody is believed (CR46)", async () => {
    const bare = { ...POLICY, anchors: [] };
    const clientId = policy.outer_client_id;
    const want = { clientId, walletNonce: policy.wallet_nonce, policy: bare, now: policy.now };
    const good = cases[0]?.request ?? "";
    expect(await verdict(() => readSigned(good, want))).toBe("request-client");
  });
  it("a clock that is off by more than five minutes is named (F3)", async () => {
    const clientId = policy.outer_client_id;
    const now = policy.now - 400;
    const want = { clientId, walletNonce: policy.wallet_nonce, policy: POLICY, now };
    await expect(readSigned(cases[0]?.request ?? "", want)).rejects.toMatchObject({ code: 3 });
  });
  it("the certificate's hash is its name", async () => {
    const leaf = fromBase64(x509_hash.leaf_der);
    expect(hashName(await sha256(leaf))).toBe(x509_hash.client_id);
    expect(parseCertificate(leaf).hosts).toEqual(["id.example.coop"]);
  });
});

describe("unsigned requests of this machine (CR46, CR48 to CR52)", () => {
  const QUERY = JSON.stringify({
    credentials: [
      {
        id: "listener",
        format: "dc+sd-jwt",
        meta: { vct_values: ["v"] },
        claims: [{ path: ["account"] }],
      },
    ],
  });
  const GOOD: Readonly<Record<string, string>> = {
    client_id: "redirect_uri:http://localhost:8080/vp/s",
    response_type: "vp_token",
    response_mode: "direct_post",
    response_uri: "http://localhost:8080/vp/s",
    nonce: "0123456789012345678901",
    state: "s",
    dcql_query: QUERY,
  };
  const off = "https://id.example.coop/vp/s";
  const PAYER = JSON.stringify([credentials.transaction_data[1]?.string]);
  const rows: [string, Record<string, string | null>][] = [
    ["accept", {}],
    ["accept", { unknown: "x" }],
    ["accept", { iat: "1000", exp: "1300", aud: "https://self-issued.me/v2" }],
    ["accept", { response_type: "id_token", scope: "openid", dcql_query: null }],
    ["request-client", { client_id: `redirect_uri:${off}`, response_uri: off }],
    ["request-client", { client_id: "redirect_uri:http://localhost:8080/other" }],
    ["request-client", { client_id: "x509_hash:abc" }],
    ["request-client", { client_id: "origin:http://localhost:8080" }],
    ["request-client", { client_id: "http://localhost:8080/vp/s" }],
    ["request-client", { client_id: null }],
    ["request-client", { request: "ey" }],
    ["request-client", { request_uri: "http://localhost:8080/r" }],
    ["request-redirect-uri", { redirect_uri: "http://localhost:8080/" }],
    ["request-response-uri", { response_uri: null }],
    ["request-response-mode", { response_mode: "fragment" }],
    ["request-response-mode", { response_mode: "direct_post.jwt" }],
    ["request-nonce", { nonce: null }],
    ["request-nonce", { nonce: "short" }],
    ["request-nonce", { nonce: "01234567890123456789 1" }],
    ["request-query", { dcql_query: null }],
    ["request-query", { dcql_query: "{" }],
    ["request-query", { dcql_query: '{"credentials":[]}' }],
    ["request-query", { dcql_query: QUERY.replace('"path":["account"]', '"path":[1.5]') }],
    ["request-query", { scope: "openid" }],
    ["request-query", { presentation_definition: "{}" }],
    ["request-query", { client_id_scheme: "x" }],
    ["request-query", { response_type: "code" }],
    ["request-time", { exp: "900" }],
    ["request-time", { iat: "1100" }],
    ["request-time", { iat: "soon" }],
    ["request-aud", { aud: "https://other.example" }],
    ["request-transaction-data", { transaction_data: '["e30"]' }],
    ["request-transaction-data", { transaction_data: PAYER }],
  ];
  for (const [word, change] of rows) {
    it(`${JSON.stringify(change)}: ${word}`, async () => {
      const url = new URL("http://wallet.localhost:8080/present");
      for (const [name, value] of Object.entries({ ...GOOD, ...change })) {
        if (value !== null) url.searchParams.set(name, value);
      }
      const read = () => {
        const link = readLink(url.href);
        if (link.kind === "signed") throw new Error("no signed request was meant");
        return readUnsigned(link.parameters, POLICY, 1000);
      };
      expect(await verdict(read)).toBe(word);
    });
  }
  it("a parameter sent twice is malformed, and one sent to a wallet of the world refused", async () => {
    const twice = "http://w.localhost/present?client_id=a&client_id=b";
    expect(await verdict(() => readLink(twice))).toBe("malformed");
    const strict = { ...POLICY, allowLoopback: false };
    expect(await verdict(() => readUnsigned({ ...GOOD }, strict, 1000))).toBe("request-client");
  });
  it("a signed request that cannot carry the wallet's nonce is refused (CR47)", async () => {
    const link =
      "https://w.example/present?client_id=x509_hash:a&request_uri=https%3A%2F%2Fv.example";
    expect(await verdict(() => readLink(link))).toBe("request-wallet-nonce");
    expect(readLink(`${link}&request_uri_method=post`).kind).toBe("signed");
  });
});

describe("self-issued tokens (CR44, CR45)", () => {
  const { policy, cases, sub } = credentials.siop_id_tokens;
  const want = { aud: policy.client_id, nonce: policy.nonce, now: policy.now };
  for (const row of cases) {
    it(`${row.id}: ${row.expect}`, async () => {
      expect(await verdict(() => verifySelfIssued(row.id_token, want))).toBe(row.expect);
    });
  }
  it("ours is, byte for byte, the corpus's good one", async () => {
    const seed = credentials.wallet_keys.vectors[0]?.ed25519_seed ?? "";
    const key = await ed25519OfSeed(fromHex(seed) ?? new Uint8Array());
    expect(`urn:ietf:params:oauth:jwk-thumbprint:sha-256:${await thumbprint(key.jwk)}`).toBe(sub);
    const token = await selfIssued(key, { ...want, now: policy.now - 2 });
    expect(token).toBe(cases[0]?.id_token);
  });
});

describe("the query language", () => {
  const { claims, paths, values, queries } = credentials.dcql;
  for (const row of paths) {
    it(`selects ${JSON.stringify(row.path)}`, () => {
      const path = readPath(data(row.path));
      const found = path && select(path, data(claims));
      if (row.error) expect(found).toBeNull();
      else expect(found?.map(({ value }) => value)).toEqual(row.select);
    });
  }
  for (const row of values) {
    it(`${JSON.stringify(row.path)} of ${JSON.stringify(row.values)}`, () => {
      const path = readPath(data(row.path)) ?? [];
      const wanted = { id: null, path, values: row.values };
      expect(matches(wanted, { ...claims }) !== null).toBe(row.match);
    });
  }
  for (const row of queries) {
    it(`${row.id} is ${row.valid ? "read" : "refused"} (CR50)`, async () => {
      const word = await verdict(() => readQuery(data(row.query)));
      expect(word).toBe(row.valid ? "accept" : "request-query");
    });
  }
});

describe("what is signed along (CR52)", () => {
  for (const { string, sha256: hash } of credentials.transaction_data) {
    it(`hash ${hash}`, async () => expect(await hashes([string])).toEqual([hash]));
  }
  it("a payment is read, a type of another time is not", async () => {
    const [play, payment] = credentials.transaction_data;
    expect(readTransaction(payment?.string ?? "").transaction).toMatchObject({ amount: "1022000" });
    expect(await verdict(() => readTransaction(play?.string ?? ""))).toBe(
      "request-transaction-data",
    );
  });
});

describe("encrypted answers (CR53)", () => {
  const [vector] = credentials.jwe;
  it("the specification's example opens with its key", async () => {
    const key = await importJWK(vector?.key ?? {}, "ECDH-ES");
    const { plaintext } = await compactDecrypt(vector?.jwe ?? "", key);
    expect(new TextDecoder().decode(plaintext)).toBe(vector?.plaintext);
  });
  it("ours opens with the key it was sealed to, under its name", async () => {
    const { d: _, ...jwk } = credentials.keys.response_encryption;
    const metadata = { jwks: { keys: [{ ...jwk, use: "enc", alg: "ECDH-ES" }] } };
    const to = recipientOf({ ...metadata, encrypted_response_enc_values_supported: ["A256GCM"] });
    const sealed = await encrypt(to, { vp_token: { payer: ["a~b"] } });
    const key = await importJWK(credentials.keys.response_encryption, "ECDH-ES");
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, key);
    expect(JSON.parse(new TextDecoder().decode(plaintext))).toEqual({
      vp_token: { payer: ["a~b"] },
    });
    expect(protectedHeader).toMatchObject({ alg: "ECDH-ES", enc: "A256GCM", kid: "e1" });
    expect(protectedHeader.zip).toBeUndefined();
  });
  it("keys for something else, and ciphers nobody allows, are none", async () => {
    const { d: _, ...jwk } = credentials.keys.response_encryption;
    const sig = { jwks: { keys: [{ ...jwk, use: "sig", alg: "ECDH-ES" }] } };
    expect(await verdict(() => recipientOf(sig))).toBe("request-encryption");
    const cbc = {
      jwks: { keys: [{ ...jwk, alg: "ECDH-ES" }] },
      encrypted_response_enc_values_supported: ["A128CBC-HS256"],
    };
    expect(await verdict(() => recipientOf(cbc))).toBe("request-encryption");
  });
});
