// JSON as it is signed: a name twice, depth past 32 and bytes that are no UTF-8 are refused, which
// `JSON.parse` lets pass. What comes out is plain data.

import { Refusal } from "./refusal.ts";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

const DEEPEST = 32;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member of an object, never one of its prototype. */
export function member(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Refusals: `malformed`, `duplicate-name`, `too-large` (too deep). */
export function parseJson(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal("malformed");
  }
  // It is JSON, so a walk over its letters need only count brackets and collect names.
  noNameTwice(text);
  return value as Json;
}

/** As `parseJson`, from bytes that must be UTF-8. */
export function parseJsonBytes(bytes: Uint8Array): Json {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refusal("malformed");
  }
  return parseJson(text);
}

const STRING = /"(?:[^"\\]|\\.)*"/y;

function noNameTwice(text: string): void {
  /** Names so far in each open object; `null` stands for an array. */
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === "{" || letter === "[") {
      open.push(letter === "{" ? new Set() : null);
      if (open.length > DEEPEST) throw new Refusal("too-large");
    } else if (letter === "}" || letter === "]") {
      open.pop();
    } else if (letter === '"') {
      STRING.lastIndex = at;
      const quoted = STRING.exec(text)?.[0] ?? '""';
      at += quoted.length - 1;
      const names = open.at(-1);
      if (names && /^\s*:/.test(text.slice(at + 1, at + 40))) {
        const name = String(JSON.parse(quoted));
        if (names.has(name)) throw new Refusal("duplicate-name");
        names.add(name);
      }
    }
  }
}

/** Whether a number anywhere inside is no whole number. */
export function hasFraction(value: Json): boolean {
  if (typeof value === "number") return !Number.isSafeInteger(value);
  if (Array.isArray(value)) return value.some(hasFraction);
  return isObject(value) && Object.values(value).some(hasFraction);
}

/** The same data gives the same text, whatever the order its members were written in. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${pairs.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(",")}}`;
}
