// Every language says everything, with the same things left to fill in.

import { describe, expect, it } from "vitest";
import { readWords, speak } from "../words.ts";

const FILES = import.meta.glob<string>("../../words/*.ftl", {
  query: "?raw",
  import: "default",
  eager: true,
});
const read = (name: string) => readWords(FILES[name] ?? "");
const blanks = (text: string) => [...text.matchAll(/\$(\w+)/g)].map((match) => match[1]).sort();

describe("words", () => {
  const english = Object.keys(FILES).filter((name) => name.endsWith("en.ftl"));
  it("are there", () => expect(english.length).toBeGreaterThan(2));
  for (const name of english) {
    it(`of ${name} stand in German too, key by key`, () => {
      const [en, de] = [read(name), read(name.replace("en.ftl", "de.ftl"))];
      expect([...de.keys()].sort()).toEqual([...en.keys()].sort());
      for (const [key, text] of en) expect(blanks(de.get(key) ?? ""), key).toEqual(blanks(text));
    });
  }
  it("fill in what varies and nothing else", () => {
    const say = speak({ en: "a = Hi { $who }, {$n} new", de: "a = Hallo { $who }" }, "en");
    expect(say("a", { who: "{ $n }", n: "2" })).toBe("Hi { $n }, 2 new");
    expect(say("b")).toBe("b");
  });
});
