// The track rows that the server rendered: read from the page, written back when numbers change.

import { credits } from "@resonate/lib/credits";
import { say } from "./words.ts";

export interface Row {
  element: HTMLElement;
  track: string;
  title: string;
  artist: string;
  release: string;
  cover: string | null;
  preview: string | null;
  stream: string;
  durationMs: number;
  qualifyMs: number;
  /** Loudness in thousandths of LUFS, if the page tells. */
  lufsMilli: number | null;
  /** Number of the next play: 1 to 9, 10 when owned. */
  n: number;
  /** What the next play costs. */
  price: number;
  owned: boolean;
}

export const PLAYS = 9;

export function readRows(root: ParentNode): Row[] {
  return Array.from(root.querySelectorAll<HTMLElement>("[data-track]")).flatMap((element) => {
    const row = readRow(element);
    return row ? [row] : [];
  });
}

export function readRow(element: HTMLElement): Row | null {
  const data = element.dataset;
  if (!data.track || !/^[0-9a-f]{32}$/.test(data.track)) return null;
  return {
    element,
    track: data.track,
    title: data.title ?? "",
    artist: data.artist ?? "",
    release: data.release ?? "",
    cover: data.cover || null,
    preview: data.preview || null,
    stream: data.stream ?? "paid",
    durationMs: whole(data.durationMs) ?? 0,
    qualifyMs: whole(data.qualifyMs) ?? 45_000,
    lufsMilli: whole(data.lufsMilli),
    n: whole(data.n) ?? 1,
    price: whole(data.price) ?? 0,
    owned: data.owned === "true",
  };
}

/** Writes the numbers of a row into the page: dots, words, data. */
export function showPrice(row: Row): void {
  const { element } = row;
  element.dataset.n = String(row.n);
  element.dataset.price = String(row.price);
  element.dataset.owned = String(row.owned);
  const words = priceWords(row);
  const price = element.querySelector(".track-price");
  if (price) price.textContent = words;
  const dots = element.querySelector(".dots");
  dots?.setAttribute("aria-label", words);
  dots?.querySelectorAll(".dot").forEach((dot, i) => {
    dot.classList.toggle("on", i < playsDone(row));
  });
}

/** Plays counted so far, of nine. */
export function playsDone(row: { n: number; owned: boolean }): number {
  return row.owned ? PLAYS : Math.min(Math.max(row.n - 1, 0), PLAYS);
}

export function priceWords(row: {
  n: number;
  price: number;
  owned: boolean;
  stream: string;
}): string {
  if (row.owned) return say("price-owned");
  if (row.stream === "free" || row.price === 0) return say("price-free");
  return say("price-play", { n: String(row.n), price: credits(row.price) });
}

function whole(value: string | undefined): number | null {
  return value !== undefined && /^-?[0-9]{1,15}$/.test(value) ? Number(value) : null;
}
