// Names and values of facts and cards as people read them.

import type { Json } from "../lib/json.ts";
import { known, say } from "./words.ts";

/** A fact in words; one without words keeps its own name, marked as such. */
export function factWords(name: string): string {
  const key = `fact-${name.replaceAll("_", "-")}`;
  return known(key) ? say(key) : say("fact-other", { name });
}

export function valueWords(value: Json): string {
  if (value === true) return say("value-yes");
  if (value === false) return say("value-no");
  if (value === null) return "-";
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.map(valueWords).join(", ");
  return Object.entries(value)
    .map(([name, inner]) => `${name}: ${valueWords(inner)}`)
    .join(", ");
}

/** `https://id.example/vct/listener/1` is the Listener card; another type keeps its address. */
export function cardWords(vct: string): string {
  const name = /\/vct\/([a-z-]+)\//.exec(vct)?.[1];
  const key = `card-${name}`;
  return name && known(key) ? say(key) : say("card-other", { name: name ?? vct });
}

/** What an amount of micro-credits is worth, in euro and cents: 1.022 credits are 1.25 euro. For showing. */
export function euroWords(micro: string): string {
  const cents = (BigInt(micro) * 625n) / 511n / 10_000n;
  return `${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`;
}

/** Micro-credits as credits, exactly: `512000` is `0.512`. */
export function creditWords(micro: string): string {
  const digits = micro.padStart(7, "0");
  const part = digits.slice(-6).replace(/0+$/, "");
  return part === "" ? digits.slice(0, -6) : `${digits.slice(0, -6)}.${part}`;
}
