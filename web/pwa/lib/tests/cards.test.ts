// Cards: presentations row by row (CR1 to CR28, CR40), disclosures, status lists (CR29 to CR34).

import { fromB64url, hex } from "@resonate/lib/bytes";
import { digest, thumbprint } from "@resonate/lib/jws";
import { sha256 } from "@resonate/lib/platform/webcrypto";
import { describe, expect, it } from "vitest";
import { type TrustedIssuer, verifyCard } from "../card.ts";
import { readKey } from "../jose.ts";
import { verifyPresentation } from "../kb.ts";
import { reveal, split } from "../sdjwt.ts";
import { inflate, notRevoked, readStatusList, statusAt } from "../status.ts";
import { credentials, data, keysOf, verdict } from "./corpus.ts";

const { presentations } = credentials;
const { policy } = presentations;

interface Case {
  id: string;
  expect: string;
  token: string;
  claims?: unknown;
  policy?: { vct_values?: string[]; transaction_data?: string[] };
}

const ISSUERS: TrustedIssuer[] = policy.issuers.map(({ iss, vcts, keys }) => ({
  iss,
  vcts,
  keys: keysOf(keys),
  statusKeys: [],
}));

function present(row: Case) {
  return verifyPresentation(row.token, {
    now: policy.now,
    issuers: ISSUERS,
    vcts: row.policy?.vct_values ?? policy.vct_values,
    aud: policy.client_id,
    nonce: policy.nonce,
    signs: row.policy?.transaction_data ?? [],
  });
}

describe("presentations (CR1 to CR28, CR40)", () => {
  const cases: readonly Case[] = presentations.cases;
  it("are as many as the corpus had when this was written", () => {
    expect(cases.length).toBeGreaterThanOrEqual(92);
  });
  for (const row of cases) {
    it(`${row.id}: ${row.expect}`, async () => {
      expect(await verdict(() => present(row))).toBe(row.expect);
      if (row.expect !== "accept") return;
      expect((await present(row)).claims).toEqual(row.claims);
    });
  }
  it("any flipped letter of a good one refuses", async () => {
    const good = cases[0];
    if (!good) throw new Error("no cases");
    for (let at = 0; at < good.token.length; at += 13) {
      const other = good.token[at] === "A" ? "B" : "A";
      const token = good.token.slice(0, at) + other + good.token.slice(at + 1);
      expect(await verdict(() => present({ ...good, token }))).not.toBe("accept");
    }
  });
  it("OpenID4VP's own example is read", async () => {
    const { token, issuer_key, kb, disclosed } = presentations.official;
    const key = readKey(data(issuer_key));
    if (!key) throw new Error("no key");
    const vct = "https://credentials.example.com/example_credential";
    const iss = "https://issuer.example.com";
    const card = await verifyPresentation(token, {
      now: kb.iat,
      issuers: [{ iss, vcts: [vct], keys: [{ key, kid: null }], statusKeys: [] }],
      vcts: [vct],
      aud: kb.aud,
      nonce: kb.nonce,
      signs: [],
    });
    expect(card.claims.ld).toMatchObject({ credentialSubject: disclosed });
  });
});

describe("a card as it is issued (CR55)", () => {
  it("a key-binding token that came along is seen", async () => {
    const [good] = presentations.cases;
    const card = await verifyCard(good?.token ?? "", {
      now: policy.now,
      issuers: ISSUERS,
      vcts: policy.vct_values,
    });
    expect(card.parts.binding).not.toBeNull();
  });
});

describe("disclosures", () => {
  for (const { source, disclosure, content, sha256: hash } of credentials.disclosures) {
    it(`of ${source}`, async () => {
      expect(await digest(disclosure)).toBe(hash);
      const [, ...said] = JSON.parse(
        new TextDecoder().decode(fromB64url(disclosure) ?? new Uint8Array()),
      );
      expect(said).toEqual(content.slice(1));
    });
  }
  it("an object's is found in its place, an array's too", async () => {
    const [named, , , , listed] = credentials.disclosures;
    if (!named || !listed) throw new Error("no disclosures");
    const payload = { _sd: [named.sha256], all: [{ "...": listed.sha256 }, { "...": "decoy" }] };
    const { claims, placed } = await reveal(payload, [listed.disclosure, named.disclosure]);
    expect(claims).toEqual({ family_name: "Möbius", all: ["FR"] });
    expect(placed.map(({ path }) => path)).toEqual([["all", 0], ["family_name"]]);
  });
});

describe("thumbprints", () => {
  for (const { id, jwk, sha256: print } of credentials.thumbprints) {
    const key = readKey(data(jwk));
    if (!key) continue;
    it(`of ${id}`, async () => expect(await thumbprint(key)).toBe(print));
  }
});

describe("status lists (CR29 to CR34)", () => {
  const { policy: want, cases } = credentials.status_tokens;
  for (const row of cases) {
    it(`${row.id}: ${row.expect}`, async () => {
      const keys = keysOf([want.key]);
      const read = async () => {
        const list = await readStatusList(row.token, {
          uri: want.uri,
          keys,
          now: want.now,
          most: want.inflated_max,
        });
        notRevoked(list, row.idx);
      };
      expect(await verdict(read)).toBe(row.expect);
    });
  }
  for (const vector of credentials.token_status_list.vectors) {
    it(`encoding ${vector.id}`, async () => {
      const bytes = await inflate(fromB64url(vector.lst) ?? new Uint8Array(), 1 << 20);
      const list = { uri: "", bits: vector.bits as 1, bytes, iat: 0, exp: 0, ttl: 0 };
      if ("bytes_hex" in vector) expect(hex(bytes)).toBe(vector.bytes_hex);
      if ("inflated_sha256" in vector && vector.inflated_sha256) {
        expect(hex(await sha256(bytes))).toBe(vector.inflated_sha256);
      }
      const set =
        "statuses" in vector ? vector.statuses?.entries() : Object.entries(vector.set ?? {});
      for (const [idx, value] of set ?? []) expect(statusAt(list, Number(idx))).toBe(value);
    });
  }
  it("a list of a million entries is looked up in less than 5 ms once it is fetched", async () => {
    const vector = credentials.token_status_list.vectors.find(({ id }) => id === "tsl-2e20x1");
    const bytes = await inflate(fromB64url(vector?.lst ?? "") ?? new Uint8Array(), 131_072);
    const list = { uri: "", bits: 1, bytes, iat: 0, exp: 0, ttl: 0 } as const;
    const before = performance.now();
    for (let i = 0; i < 1000; i++) statusAt(list, i * 1000);
    expect(performance.now() - before).toBeLessThan(5);
  });
});

it("a text without any part is no card", async () => {
  expect(await verdict(() => split("abc"))).toBe("malformed");
});
