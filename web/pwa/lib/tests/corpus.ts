// The shared corpus, the same file the Rust crates are held to.

import credentials from "../../../../tests/vectors/credentials.json" with { type: "json" };
import { Failed } from "../failures.ts";
import { readKeyList } from "../jose.ts";
import { type Json, parseJson } from "../json.ts";
import { Refusal } from "../refusal.ts";

export { credentials };

/** The word of a refusal, or `accept`. */
export async function verdict(act: () => unknown): Promise<string> {
  try {
    await act();
    return "accept";
  } catch (thrown) {
    if (thrown instanceof Refusal || thrown instanceof Failed) return thrown.word;
    throw thrown;
  }
}

/** A part of the corpus as strict data. */
export function data(value: unknown): Json {
  return parseJson(JSON.stringify(value));
}

export function keysOf(list: unknown) {
  return readKeyList(data(list));
}
