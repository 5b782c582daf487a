// A signed request from link to sealed answer (CR46, CR47, CR53): the certificate names who asks, the
// wallet's nonce is in it, the answer opens with the request's own key alone.

import { b64url } from "@resonate/lib/bytes";
import { signJws } from "@resonate/lib/jws";
import { generateKey, type KeyPair, sha256 } from "@resonate/lib/platform/webcrypto";
import { compactDecrypt, exportJWK, generateKeyPair } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { copiesOf, keepCopy } from "../copies.ts";
import { drive } from "../drive.ts";
import { disclosures } from "../history.ts";
import { present } from "../present.ts";
import type { Question, Reply } from "../questions.ts";
import type { HttpAnswer, HttpRequest } from "../step.ts";
import { anchor, hashName, type Policy, toBase64 } from "../trust.ts";
import { type Certified, certificate } from "./certificates.ts";
import { issueCard, no, ok } from "./coop.ts";
import { newWallet, type TestWallet, worldAt } from "./wallets.ts";

const START = 1_795_251_600;
const ID = "https://id.example.coop";
const VCT = `${ID}/vct/listener/1`;
const DAY = 86_400;

let world: ReturnType<typeof worldAt>;
let wallet: TestWallet;
let root: Certified;
let leaf: Certified;
let policy: Policy;
let sealedTo: Awaited<ReturnType<typeof generateKeyPair>>;
let questions: Question[];
let posted: URLSearchParams[];
/** Changes the claims before they are signed. */
let spoil: (claims: Record<string, unknown>) => Record<string, unknown>;
let signer: KeyPair;
let fetched: (answer: HttpAnswer) => HttpAnswer | null;

beforeEach(async () => {
  world = worldAt(START);
  wallet = await newWallet(world);
  questions = [];
  posted = [];
  spoil = (claims) => claims;
  fetched = (answer) => answer;
  const life = { from: START - DAY, until: START + 90 * DAY };
  root = await certificate({
    subject: "Example co-op CA",
    hosts: [],
    isAuthority: true,
    by: null,
    ...life,
  });
  const by = { name: "Example co-op CA", key: root.keys.privateKey };
  leaf = await certificate({
    subject: "id.example.coop",
    hosts: ["id.example.coop"],
    isAuthority: false,
    by,
    ...life,
  });
  signer = await asPair(leaf.keys);
  sealedTo = await generateKeyPair("ECDH-ES", { crv: "P-256" });
  policy = {
    issuer: ID,
    listen: "https://listen.example.coop",
    wallet: "https://wallet.example.coop",
    anchors: [anchor(toBase64(root.der), "Example co-op", [])],
    issuers: [],
    allowLoopback: false,
  };
  const [key, card] = [await generateKey(), await generateKey()];
  const [exp, facts] = [START + 10 * DAY, { handle: "quiet-otter", tier: "free" }];
  const token = await issueCard(card, { cnf: key.jwk, vct: VCT, iss: ID, exp, facts });
  await wallet.store.write(
    await keepCopy(wallet.opened, key, {
      vct: VCT,
      iss: ID,
      exp,
      token,
      claims: facts,
      status: null,
    }),
  );
});

async function asPair(keys: CryptoKeyPair): Promise<KeyPair> {
  const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", keys.publicKey);
  return { privateKey: keys.privateKey, jwk: { kty: "EC", crv: "P-256", x, y } };
}

async function requestObject(walletNonce: string | null): Promise<string> {
  const jwk = { ...(await exportJWK(sealedTo.publicKey)), kid: "e1", use: "enc", alg: "ECDH-ES" };
  const claims = {
    client_id: hashName(await sha256(leaf.der)),
    response_type: "vp_token",
    response_mode: "direct_post.jwt",
    response_uri: `${ID}/vp/s`,
    aud: "https://self-issued.me/v2",
    nonce: b64url(world.random(32)),
    state: "state-1",
    wallet_nonce: walletNonce,
    iat: world.now(),
    exp: world.now() + 300,
    resonate_purpose: "login.listener",
    resonate_for: "A partner app",
    dcql_query: {
      credentials: [
        {
          id: "listener",
          format: "dc+sd-jwt",
          meta: { vct_values: [VCT] },
          claims: [{ path: ["handle"] }],
        },
      ],
    },
    client_metadata: {
      jwks: { keys: [jwk] },
      encrypted_response_enc_values_supported: ["A256GCM", "A128GCM"],
    },
  };
  const header = { typ: "oauth-authz-req+jwt", x5c: [toBase64(leaf.der)] };
  return signJws(signer, header, spoil(claims));
}

async function send(request: HttpRequest): Promise<HttpAnswer | null> {
  const form = new URLSearchParams(request.body);
  if (request.url === `${ID}/vp/r/1`) {
    const body = await requestObject(form.get("wallet_nonce"));
    return fetched({ status: 200, headers: {}, body });
  }
  posted.push(form);
  return request.url === `${ID}/vp/s`
    ? ok({ redirect_uri: `${ID}/back#response_code=c` })
    : no(404, "not-found");
}

async function run(clientId?: string) {
  const url = new URL(`${policy.wallet}/present`);
  url.searchParams.set("client_id", clientId ?? hashName(await sha256(leaf.der)));
  url.searchParams.set("request_uri", `${ID}/vp/r/1`);
  url.searchParams.set("request_uri_method", "post");
  const ask = async (question: Question): Promise<Reply> => {
    questions.push(question);
    if (question.ask !== "show") return { say: "no" };
    return { say: "show", on: { listener: question.cards[0]?.facts.map(({ key }) => key) ?? [] } };
  };
  return drive(present(wallet.opened, policy, { url: url.href, tab: "t" }), {
    store: wallet.store,
    send,
    ask,
  });
}

describe("a signed request", () => {
  it("is shown by the certificate's name, and answered under the request's own key", async () => {
    expect(await run()).toEqual({
      kind: "done",
      outcome: { kind: "shown", go: `${ID}/back#response_code=c` },
    });
    expect(questions).toMatchObject([
      {
        verifier: { name: "Example co-op", origin: ID, proof: "list", isFirstTime: true },
        purpose: "login.listener",
        askedFor: "A partner app",
        until: START + 300,
      },
    ]);
    const [form] = posted;
    expect([...(form?.keys() ?? [])]).toEqual(["response"]);
    const { plaintext, protectedHeader } = await compactDecrypt(
      form?.get("response") ?? "",
      sealedTo.privateKey,
    );
    expect(protectedHeader).toMatchObject({ kid: "e1", enc: "A256GCM", alg: "ECDH-ES" });
    const answer = JSON.parse(new TextDecoder().decode(plaintext));
    expect(answer.state).toBe("state-1");
    expect(answer.vp_token.listener[0]).toContain("~");
    expect(disclosures(wallet.opened)).toMatchObject([{ name: "Example co-op", end: "accepted" }]);
  });
  it("a name for somebody else is believed of the co-op alone", async () => {
    policy = { ...policy, issuer: "https://id.other.coop" };
    await run();
    expect(questions).toMatchObject([{ askedFor: null, purpose: "login.listener" }]);
  });
  const rows: [string, string, () => void][] = [
    [
      "without the wallet's nonce (CR47)",
      "request-wallet-nonce",
      () => {
        spoil = ({ wallet_nonce: _, ...rest }) => rest;
      },
    ],
    [
      "with another's nonce (CR47)",
      "request-wallet-nonce",
      () => {
        spoil = (claims) => ({ ...claims, wallet_nonce: "x" });
      },
    ],
    [
      "to another host (CR48)",
      "request-response-uri",
      () => {
        spoil = (claims) => ({ ...claims, response_uri: "https://evil.example/s" });
      },
    ],
    [
      "without a key to seal to (CR53)",
      "request-encryption",
      () => {
        spoil = (claims) => ({ ...claims, client_metadata: {} });
      },
    ],
    [
      "that is a redirect (CR53)",
      "request-redirected",
      () => {
        fetched = () => ({ status: 0, headers: {}, body: "" });
      },
    ],
    [
      "under an anchor nobody pinned (CR46)",
      "request-client",
      () => {
        policy = { ...policy, anchors: [] };
      },
    ],
    [
      "under a certificate that has ended (CR46)",
      "request-client",
      () => {
        world.ahead(91 * DAY);
      },
    ],
  ];
  for (const [what, word, prepare] of rows) {
    it(`${what}: ${word}; nothing is asked and nothing spent`, async () => {
      prepare();
      expect(await run()).toMatchObject({ kind: "failed", failure: { code: 1, word } });
      expect(questions).toEqual([]);
      expect(posted).toEqual([]);
      expect((await copiesOf(wallet.opened)).map(({ state }) => state)).toEqual(["fresh"]);
    });
  }
  it("of a client that is not the certificate's (CR46)", async () => {
    expect(await run("x509_hash:other")).toMatchObject({
      failure: { code: 1, word: "request-client" },
    });
  });
  it("signed by another key than the certificate's (CR46)", async () => {
    signer = await generateKey();
    expect(await run()).toMatchObject({ failure: { code: 1, word: "request-signature" } });
  });
  it("that is gone is late (F2); one made a moment ago that seems old means a clock that is off (F3)", async () => {
    fetched = () => no(404, "not-found");
    expect(await run()).toMatchObject({ failure: { code: 2 } });
    fetched = (answer) => answer;
    spoil = (claims) => ({ ...claims, iat: START + 400, exp: START + 700 });
    expect(await run()).toMatchObject({ failure: { code: 3 } });
    spoil = (claims) => ({ ...claims, iat: START - 900, exp: START - 600 });
    expect(await run()).toMatchObject({ failure: { code: 3 } });
  });
  it("whose transaction data nobody knows is told so, in the clear (CR52)", async () => {
    spoil = (claims) => ({ ...claims, transaction_data: ["e30"] });
    expect(await run()).toMatchObject({ failure: { code: 1, word: "request-transaction-data" } });
    expect(posted.map((form) => Object.fromEntries(form))).toEqual([
      { error: "invalid_transaction_data", state: "state-1" },
    ]);
  });
});
