// A play left behind by going to another page of ours; it can go on there. Kept for this tab only,
// and nothing in it is secret.

import { integer, object, orNull, text } from "@resonate/lib/json";

const NAME = "resonate-left";
/** The server lets an unfinished play go after two hours. */
const LIFE_MS = 2 * 3600 * 1000;

const parse = object({
  at: integer,
  play: text,
  track: text,
  title: text,
  artist: text,
  release: text,
  cover: orNull(text),
  stream: text,
  durationMs: integer,
  qualifyMs: integer,
  n: integer,
  price: integer,
  mandate: orNull(text),
  heardMs: integer,
  positionMs: integer,
});

export type Left = ReturnType<typeof parse>;

export function leaveBehind(left: Left): void {
  sessionStorage.setItem(NAME, JSON.stringify(left));
}

/** Takes what was left, once. */
export function pickUp(now: number): Left | null {
  const kept = sessionStorage.getItem(NAME);
  sessionStorage.removeItem(NAME);
  if (kept === null) return null;
  try {
    const left = parse(JSON.parse(kept));
    return now - left.at < LIFE_MS ? left : null;
  } catch {
    return null;
  }
}
