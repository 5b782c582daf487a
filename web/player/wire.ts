// What the listen origin answers, read strictly. Amounts are micro-credits, times seconds.

import { flag, integer, list, object, oneOf, orNull, text } from "@resonate/lib/json";

const playState = oneOf(
  "granted",
  "playing",
  "qualified",
  "ended",
  "superseded",
  "expired",
  "voided",
);

export const parseSession = object({ until: integer });

const price = object({
  track: text,
  n: integer,
  price: integer,
  remaining: integer,
  owned: flag,
});
export const parsePrices = object({ tracks: list(price), paid_at_start: flag });

export const parseStarted = object({
  play: text,
  url: text,
  exp: integer,
  price: integer,
  n: integer,
  qualify_ms: integer,
  gate_s: orNull(integer),
  paid_at_start: flag,
  beat_s: integer,
  available: orNull(integer),
  mime: text,
  bytes: integer,
  duration_ms: integer,
  state: playState,
});

export const parseBeat = object({
  state: playState,
  why: orNull(text),
  n: integer,
  price: integer,
  available: orNull(integer),
  owned: flag,
  url: orNull(text),
});

export const parsePreview = object({ url: text });

const mandate = object({
  id: text,
  max_play: integer,
  max_total: integer,
  days: integer,
  left: integer,
});
export const parsePurse = object({
  available: integer,
  mandates: list(mandate),
  form_token: orNull(text),
});

export const parseMandateAsked = object({
  id: text,
  step_up_url: orNull(text),
  wallet_url: orNull(text),
});

export type Price = ReturnType<typeof price>;
export type Started = ReturnType<typeof parseStarted>;
export type Beat = ReturnType<typeof parseBeat>;
export type Purse = ReturnType<typeof parsePurse>;
export type Mandate = ReturnType<typeof mandate>;
