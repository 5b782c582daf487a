// The words of the wallet, in the language of the page; it can be changed while the page is open.

import { signal } from "@preact/signals";
import { speak, type Words } from "@resonate/lib/words";
import de from "../../words/wallet.de.ftl?raw";
import en from "../../words/wallet.en.ftl?raw";

export type Lang = "en" | "de";
export const LANGS: readonly { tag: Lang; name: string }[] = [
  { tag: "en", name: "English" },
  { tag: "de", name: "Deutsch" },
];

/** `?lang`, else what the browser prefers, else English. */
export function wantedLang(search: string, preferred: readonly string[]): Lang {
  const asked = new URLSearchParams(search).get("lang");
  const tags = [...(asked ? [asked] : []), ...preferred].map((tag) => tag.slice(0, 2));
  return LANGS.find(({ tag }) => tag === tags.find((t) => t === "en" || t === "de"))?.tag ?? "en";
}

export const lang = signal<Lang>("en");
const spoken: Record<Lang, Words> = {
  en: speak({ en, de }, "en"),
  de: speak({ en, de }, "de"),
};

/** The text of a key in the language of now. */
export const say: Words = (key, values) => spoken[lang.value](key, values);

/** Whether there are words for `key`. */
export function known(key: string): boolean {
  return spoken[lang.value](key) !== key;
}

/** One or many: `key-one`, `key-many` with `{ $n }`. */
export function count(key: string, n: number): string {
  return say(n === 1 ? `${key}-one` : `${key}-many`, { n: String(n) });
}

/** A date with its zone, as long as it takes. */
export function dateTime(seconds: number): string {
  const options = { dateStyle: "long", timeStyle: "long" } as const;
  return new Intl.DateTimeFormat(lang.value, options).format(new Date(seconds * 1000));
}

export function day(seconds: number): string {
  return new Intl.DateTimeFormat(lang.value, { dateStyle: "long" }).format(
    new Date(seconds * 1000),
  );
}

/** How long ago, in the largest unit that fits. */
export function ago(seconds: number, now: number): string {
  const past = Math.max(0, now - seconds);
  const format = new Intl.RelativeTimeFormat(lang.value, { numeric: "auto" });
  if (past < 60) return say("time-now");
  if (past < 3_600) return format.format(-Math.floor(past / 60), "minute");
  if (past < 86_400) return format.format(-Math.floor(past / 3_600), "hour");
  return format.format(-Math.floor(past / 86_400), "day");
}
