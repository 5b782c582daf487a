// Laws that hold for every input, tried on many.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bytes, b64url, fromB64url, fromHex, hex } from "../bytes.ts";
import { credits } from "../credits.ts";
import { sha256Words } from "../hash.ts";
import { integer, list, Misfit, object, oneOf, orNull, text } from "../json.ts";
import { sha256 } from "../platform/webcrypto.ts";

const bytes = fc.uint8Array({ maxLength: 200 }).map((array): Bytes => new Uint8Array(array));

describe("bytes as text", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(bytes, (some) => {
        expect(fromB64url(b64url(some))).toEqual(some);
        expect(fromHex(hex(some))).toEqual(some);
        const padded = btoa(String.fromCharCode(...some));
        const bare = padded.replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
        expect(b64url(some)).toBe(bare);
      }),
    );
  });
  it("have one form only", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (some) => {
        const read = fromB64url(some);
        if (read) expect(b64url(read)).toBe(some);
      }),
    );
    for (const bad of ["__4=", "__5", "//4", "_", "__ 4", "__4\n"]) {
      expect(fromB64url(bad)).toBeNull();
    }
    for (const bad of ["0", "0G", "AB", " 00"]) expect(fromHex(bad)).toBeNull();
  });
});

describe("SHA-256 without promises", () => {
  it("agrees with the platform's", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (some) => {
        const words = sha256Words(some);
        const ours = new Uint8Array(32);
        words.forEach((word, i) => {
          new DataView(ours.buffer).setUint32(4 * i, word);
        });
        expect(ours).toEqual(await sha256(some));
      }),
    );
  });
});

describe("credits", () => {
  it("lose nothing", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e12, max: 1e12 }),
        fc.integer({ min: 0, max: 6 }),
        (ucr, p) => {
          const [whole = "", part = ""] = credits(ucr, p).replace("-", "").split(".");
          expect(Number(whole) * 1_000_000 + Number(part.padEnd(6, "0"))).toBe(Math.abs(ucr));
          expect(part.length).toBeGreaterThanOrEqual(p);
        },
      ),
    );
  });
  it("are written as people read them", () => {
    expect(credits(2_000)).toBe("0.002");
    expect(credits(4_088_000)).toBe("4.088");
    expect(credits(5_000_000, 0)).toBe("5");
    expect(credits(-1_500_000, 2)).toBe("-1.50");
  });
});

describe("outside data", () => {
  const parse = object({ kind: oneOf("a", "b"), n: orNull(integer), names: list(text) });
  it("is a value of the type or a misfit, never another error", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          const read = parse(value);
          expect(["a", "b"]).toContain(read.kind);
        } catch (error) {
          expect(error).toBeInstanceOf(Misfit);
        }
      }),
    );
  });
  it("may hold more than is read, and nothing inherited", () => {
    expect(parse({ kind: "a", names: [], more: 1 })).toEqual({ kind: "a", n: null, names: [] });
    const heir: unknown = Object.create({ kind: "a", names: [] });
    expect(() => parse(heir)).toThrow(Misfit);
  });
  it("holds no number that JavaScript rounds", () => {
    for (const bad of [1.5, 2 ** 53, "1", Number.NaN, null]) {
      expect(() => integer(bad)).toThrow(Misfit);
    }
  });
});
