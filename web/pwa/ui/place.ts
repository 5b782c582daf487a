// Where the page is: the path and query of its address, without loading anything.

import { signal } from "@preact/signals";
import { LANGS } from "./words.ts";

export interface Place {
  path: string;
  query: URLSearchParams;
}

export const place = signal<Place>(here());

function here(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** An address of this page that keeps a language somebody asked for. */
export function link(path: string): string {
  const asked = place.value.query.get("lang");
  if (!asked || !LANGS.some(({ tag }) => tag === asked)) return path;
  return `${path}${path.includes("?") ? "&" : "?"}lang=${asked}`;
}

export function go(path: string): void {
  history.pushState(null, "", link(path));
  place.value = here();
  scrollTo(0, 0);
}

/** Replaces the address: what it held is not to be sent again. */
export function settle(path: string): void {
  history.replaceState(null, "", link(path));
  place.value = here();
}

/** Follows the back button. */
export function watchPlace(moved: () => void): void {
  addEventListener("popstate", () => {
    place.value = here();
    moved();
  });
}

const THEN = "then";

/** Where to go on when what was begun here is done: a path of ours, or a page of the co-op. */
export function rememberThen(url: string): void {
  sessionStorage.setItem(THEN, url);
}

export function peekThen(): string | null {
  return sessionStorage.getItem(THEN);
}

/** Forgets it too. Only our own paths and the co-op's own origins are ever gone to. */
export function takeThen(origins: readonly string[]): string | null {
  const text = sessionStorage.getItem(THEN);
  sessionStorage.removeItem(THEN);
  if (text === null || !URL.canParse(text, location.origin)) return null;
  const url = new URL(text, location.origin);
  return [location.origin, ...origins].includes(url.origin) ? url.href : null;
}

/** Goes to what `takeThen` gave: inside the page where it is ours. */
export function leaveFor(href: string | null): void {
  const url = new URL(href ?? "/", location.origin);
  if (url.origin === location.origin) go(url.pathname + url.search);
  else location.assign(url.href);
}
