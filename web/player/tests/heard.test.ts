// Listening is counted by the smaller of clock and position, whatever a page does.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heard, nextBeat } from "../heard.ts";

describe("what was heard", () => {
  it("is never more than the clock, and never falls", () => {
    const moments = fc.array(
      fc.record({
        step: fc.integer({ min: 0, max: 2_000 }),
        position: fc.integer({ min: 0, max: 300_000 }),
        playing: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(moments, (steps) => {
        const heard = new Heard();
        let [now, before] = [0, 0];
        for (const { step, position, playing } of steps) {
          now += step;
          heard.note({ now, position, playing });
          expect(heard.ms).toBeGreaterThanOrEqual(before);
          expect(heard.ms).toBeLessThanOrEqual(now);
          before = heard.ms;
        }
      }),
    );
  });
  it("leaves out pauses and leaps", () => {
    const heard = new Heard();
    heard.note({ now: 0, position: 0, playing: true });
    heard.note({ now: 1_000, position: 1_000, playing: true });
    heard.note({ now: 1_250, position: 60_000, playing: true });
    heard.note({ now: 2_250, position: 61_000, playing: false });
    heard.note({ now: 9_000, position: 61_000, playing: true });
    heard.note({ now: 9_250, position: 61_250, playing: true });
    expect(heard.ms).toBe(2_250);
  });
});

describe("beats", () => {
  it("come at 15, 30 and 45 seconds, at the threshold, then each minute", () => {
    const beats = (qualifyMs: number, until: number) => {
      const due: number[] = [];
      for (let sent = 0; sent < until; ) {
        sent = nextBeat(sent, qualifyMs, sent >= qualifyMs);
        due.push(sent);
      }
      return due;
    };
    expect(beats(45_000, 160_000)).toEqual([15_000, 30_000, 45_000, 105_000, 165_000]);
    expect(beats(27_000, 60_000)).toEqual([15_000, 27_000, 30_000, 45_000, 105_000]);
  });
  it("repeat soon at the threshold until the play counts", () => {
    expect(nextBeat(45_000, 45_000, false)).toBe(48_000);
    expect(nextBeat(48_000, 45_000, false)).toBe(51_000);
  });
});
