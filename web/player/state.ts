// What the bar shows. Signals: a component reads, the engine writes.

import { signal } from "@preact/signals";
import type { Problem } from "@resonate/lib/problem";
import type { Row } from "./rows.ts";

/** idle: nothing chosen. preview: the open file. paid: a play with a number. */
export type Mode = "idle" | "preview" | "play";

/** Why the person is asked something. */
export type Panel =
  | { kind: "sign-in" }
  | { kind: "limit"; row: Row; formToken: string }
  | { kind: "limit-set"; row: Row }
  | { kind: "start-paid"; row: Row }
  | { kind: "price"; row: Row; price: number }
  | { kind: "elsewhere" }
  | { kind: "network" }
  | { kind: "refused"; row: Row; problem: Problem };

export const mode = signal<Mode>("idle");
export const current = signal<Row | null>(null);
export const playing = signal(false);
export const starting = signal(false);
export const waiting = signal(false);
/** Seconds. */
export const position = signal(0);
/** Seconds. */
export const duration = signal(0);
/** Where the seek bar ends, seconds: the gate until the play counts. */
export const reach = signal(0);
/** The number this play has among nine, and what it costs. */
export const play = signal<{ n: number; price: number } | null>(null);
/** Milliseconds that can still be heard before the play counts; null when it costs nothing. */
export const freeMs = signal<number | null>(null);
export const counted = signal(false);
/** Micro-credits; null when unknown. */
export const available = signal<number | null>(null);
export const panel = signal<Panel | null>(null);
export const next = signal<Row | null>(null);
export const playOn = signal(false);
/** A play left on another page that can go on here. */
export const resumable = signal(false);
