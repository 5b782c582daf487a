// What the screens say: every key they name has words, names are drawn evenly, amounts are exact.

import { readWords } from "@resonate/lib/words";
import { describe, expect, it } from "vitest";
import { FAILURES } from "../../lib/failures.ts";
import { creditWords, euroWords } from "../facts.ts";
import { drawName, drawPhrase, isName } from "../names.ts";
import { wantedLang } from "../words.ts";

const SOURCES = import.meta.glob<string>(["../*.{ts,tsx}", "../screens/*.tsx"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const FILES = import.meta.glob<string>("../../../words/wallet.en.ftl", {
  query: "?raw",
  import: "default",
  eager: true,
});
const keys = new Set(Object.values(FILES).flatMap((file) => [...readWords(file).keys()]));

describe("words of the screens", () => {
  it("stand for every key that is named", () => {
    expect(Object.keys(SOURCES).length).toBeGreaterThan(20);
    for (const [path, source] of Object.entries(SOURCES)) {
      for (const [, act, key] of source.matchAll(/\b(say|count)\(\s*"([a-z0-9-]+)"/g)) {
        const wanted = act === "count" ? [`${key}-one`, `${key}-many`] : [key ?? ""];
        for (const one of wanted) expect(keys.has(one), `${path}: ${one}`).toBe(true);
      }
    }
  });

  it("stand for every failure and every act it offers", () => {
    for (const [code, { side, acts }] of Object.entries(FAILURES)) {
      const named = ["cause", "kept", "next"].map((part) => `f-${code}-${part}`);
      for (const key of [...named, `f-side-${side}`, ...acts.map((act) => `f-act-${act}`)]) {
        expect(keys.has(key), key).toBe(true);
      }
    }
  });

  it("are in the language that was asked for, then the browser's first that there is", () => {
    expect(wantedLang("?lang=de", ["en"])).toBe("de");
    expect(wantedLang("", ["fr", "de-AT", "en"])).toBe("de");
    expect(wantedLang("?lang=xx", [])).toBe("en");
  });
});

describe("names", () => {
  /** Chance from a seed. */
  const seeded = () => {
    let n = 7;
    const next = () => {
      n = (Math.imul(n, 1_103_515_245) + 12_345) >>> 0;
      return (n >>> 16) & 255;
    };
    return (length: number) => Uint8Array.from({ length }, next);
  };

  it("are two words that the co-op takes", () => {
    const random = seeded();
    const drawn = Array.from({ length: 3_000 }, () => drawName(random));
    expect(drawn.every(isName)).toBe(true);
    expect(new Set(drawn.flatMap((name) => name.split("-"))).size).toBe(196);
  });

  it("of a passphrase are six words", () => {
    expect(drawPhrase(seeded()).split(" ")).toHaveLength(6);
  });

  it("are refused in another form", () => {
    for (const bad of ["ab", "Ada", "a--b", "-ab", "a b c", "x".repeat(31)]) {
      expect(isName(bad), bad).toBe(false);
    }
  });
});

describe("amounts", () => {
  it("are credits and euro, nothing rounded up", () => {
    expect(creditWords("1022000")).toBe("1.022");
    expect(creditWords("5000000")).toBe("5");
    expect(creditWords("2")).toBe("0.000002");
    expect(euroWords("1022000")).toBe("1.25");
    expect(euroWords("512000")).toBe("0.62");
  });
});
