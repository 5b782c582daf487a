// What this folder does not know: a framework, a page, the platform's own names.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const FOLDERS = ["../", "../vault/"].map((path) => new URL(path, import.meta.url));
const FILES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name: string) => name.endsWith(".ts"))
    .map((name: string) => ({ name, text: readFileSync(new URL(name, folder), "utf8") })),
);

/** Packages this folder may name. */
const NAMED = [
  /^[.]{1,2}\/[a-z0-9_/]+[.]ts$/,
  /^@resonate\/lib\/[a-z/]+$/,
  /^jose$/,
  /^@noble\/hashes\/argon2[.]js$/,
];

describe("the library", () => {
  it("is there", () => expect(FILES.length).toBeGreaterThan(40));
  it("imports its own files, the shared library, and two packages", () => {
    const foreign = FILES.flatMap(({ name, text }) =>
      [...text.matchAll(/from "([^"]+)"/g)]
        .map(([, path = ""]) => path)
        .filter((path) => !NAMED.some((form) => form.test(path)) || path.includes("/ui/"))
        .map((path) => `${name}: ${path}`),
    );
    expect(foreign).toEqual([]);
  });
  it("knows no page, and the platform only through its one file each", () => {
    const words =
      /\b(window|localStorage|sessionStorage|innerHTML|postMessage|indexedDB|crypto[.]subtle|navigator)\b/;
    const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    expect(FILES.filter(({ text }) => words.test(code(text))).map(({ name }) => name)).toEqual([]);
  });
  it("holds its sizes: no file past 400 lines", () => {
    expect(
      FILES.filter(({ text }) => text.split("\n").length > 400).map(({ name }) => name),
    ).toEqual([]);
  });
});
