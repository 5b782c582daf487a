// Answers of the server are read strictly; what is missing is named.

import { describe, expect, it } from "vitest";
import { parseBeat, parsePrices, parsePurse, parseStarted } from "../wire.ts";

const started = {
  play: "00",
  url: "/m/x?g=y",
  exp: 1,
  price: 2_000,
  n: 1,
  plan: "s2o",
  qualify_ms: 45_000,
  gate_s: 75,
  paid_at_start: false,
  beat_s: 15,
  available: null,
  kind: "mp3",
  mime: "audio/mpeg",
  bytes: 10,
  duration_ms: 180_000,
  state: "granted",
};

describe("answers", () => {
  it("are read as they are written", () => {
    expect(parseStarted(started).gate_s).toBe(75);
    expect(parseStarted({ ...started, gate_s: null }).gate_s).toBeNull();
    const beat = { state: "qualified", why: null, n: 1, price: 2_000, available: 1, owned: false };
    expect(parseBeat({ ...beat, url: "/m/x?g=z", exp: 2 }).url).toBe("/m/x?g=z");
    const price = { track: "t", n: 3, price: 8_000, remaining: 1_016_000, owned: false };
    const prices = parsePrices({ tracks: [{ ...price, stream: "paid" }], paid_at_start: false });
    expect(prices.tracks).toEqual([price]);
    expect(parsePurse({ available: 0, mandates: [] }).form_token).toBeNull();
  });
  it("that do not fit are refused by name", () => {
    expect(() => parseStarted({ ...started, price: "2000" })).toThrow("value.price");
    expect(() => parseStarted({ ...started, state: "new" })).toThrow("value.state");
    expect(() => parsePrices({ tracks: {}, paid_at_start: false })).toThrow("value.tracks");
    expect(() => parseBeat(null)).toThrow("an object");
  });
});
