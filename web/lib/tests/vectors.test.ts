// The shared corpus, the same files the Rust crates are held to.

import { describe, expect, it } from "vitest";
import identity from "../../../tests/vectors/identity.json";
import payments from "../../../tests/vectors/payments.json";
import { fromHex, utf8 } from "../bytes.ts";
import { sha256Words } from "../hash.ts";
import { holdOf, transferId } from "../intent.ts";
import { digest, thumbprint } from "../jws.ts";
import { isSolved, solve } from "../work.ts";

describe("thumbprints", () => {
  for (const { source, jwk, sha256 } of identity.jwk_thumbprint) {
    const { kty, crv, x, y } = jwk as Record<string, string | undefined>;
    if (kty !== "EC" || crv !== "P-256" || !x || !y) continue;
    it(`of ${source}`, async () => {
      expect(await thumbprint({ kty, crv, x, y })).toBe(sha256);
    });
  }
});

describe("digests of texts", () => {
  it("make the PKCE challenge of RFC 7636 appendix B", async () => {
    expect(await digest(identity.pkce.verifier)).toBe(identity.pkce.challenge);
  });
  it("make the ath of RFC 9449 section 7.1", async () => {
    const { access_token, ath } = identity.dpop.ath;
    expect(await digest(access_token)).toBe(ath);
  });
});

describe("ledger ids", () => {
  for (const { kind, parts, id } of payments.ids.transfers) {
    it(`of a ${kind}`, async () => {
      const bytes = parts.map((part) => fromHex(part) ?? utf8(part));
      expect(await transferId(kind, bytes)).toBe(id);
    });
  }
  it("the hold is made from the play", async () => {
    const hold = payments.ids.transfers.find((transfer) => transfer.kind === "hold");
    expect(await holdOf(payments.ids.play)).toBe(hold?.id);
  });
  it("a play id of another form is refused", async () => {
    await expect(holdOf("00")).rejects.toThrow(RangeError);
    await expect(holdOf(payments.ids.play.toUpperCase())).rejects.toThrow(RangeError);
  });
});

describe("proof of work", () => {
  const { challenge, bits, n, refused, digest_hex } = identity.proof_of_work;
  it("is accepted as given", () => {
    expect(isSolved(challenge, n, bits)).toBe(true);
    const words = Array.from(sha256Words(utf8(`${challenge}:${n}`)));
    expect(words.map((w) => w.toString(16).padStart(8, "0")).join("")).toBe(digest_hex);
  });
  it("is refused otherwise", () => {
    const wrong = refused.filter((r) => !("second_use" in r));
    for (const bad of [...wrong.map((r) => r.n), "", "-1", "1e5"]) {
      expect(isSolved(challenge, bad, bits)).toBe(false);
    }
  });
  it("is found, and found again", async () => {
    const found = await solve(challenge, 10, () => Promise.resolve());
    expect(isSolved(challenge, found, 10)).toBe(true);
    expect(await solve(challenge, 10, () => Promise.resolve())).toBe(found);
  });
  it("stops when the page wants it to", async () => {
    const stop = () => Promise.reject(new Error("stop"));
    await expect(solve(challenge, 60, stop)).rejects.toThrow("stop");
  });
});
