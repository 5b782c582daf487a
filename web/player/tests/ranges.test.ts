// What the server may answer to a piece, and what the feed makes of it.

import { afterEach, describe, expect, it, vi } from "vitest";
import { getPiece } from "../ranges.ts";

const ask = { url: "/m/x?g=y", from: 100, length: 50, total: 1_000 };

function answer(response: Response | Error) {
  const fake = vi.fn<typeof fetch>(() =>
    response instanceof Error ? Promise.reject(response) : Promise.resolve(response),
  );
  vi.stubGlobal("fetch", fake);
  return fake;
}

afterEach(() => vi.unstubAllGlobals());

const get = (change: Partial<typeof ask> = {}) =>
  getPiece({ ...ask, ...change, signal: new AbortController().signal });

describe("a piece", () => {
  it("is asked for by its first and last byte", async () => {
    const fake = answer(new Response(new Uint8Array(50), { status: 206 }));
    expect(await get()).toMatchObject({ kind: "bytes", gated: false });
    expect(fake.mock.calls[0]?.[1]?.headers).toEqual({ Range: "bytes=100-149" });
    answer(new Response(new Uint8Array(10), { status: 206 }));
    expect(await get({ from: 990 })).toMatchObject({ kind: "bytes", gated: false });
  });
  it("that is shorter than asked ends at the gate", async () => {
    answer(new Response(new Uint8Array(20), { status: 206 }));
    expect(await get()).toMatchObject({ kind: "bytes", gated: true });
  });
  it("of a whole answer is the part that was asked for", async () => {
    answer(new Response(Uint8Array.from({ length: 1_000 }, (_, i) => i % 256)));
    const piece = await get();
    expect(piece.kind === "bytes" && piece.bytes[0]).toBe(100);
    expect(piece.kind === "bytes" && piece.bytes.length).toBe(50);
  });
  it("beyond the end is the end, without asking", async () => {
    const fake = answer(new Response());
    expect(await get({ from: 1_000 })).toEqual({ kind: "end" });
    expect(fake).not.toHaveBeenCalled();
  });
  it("that is refused says why", async () => {
    const refused = (status: number, slug: string) =>
      new Response("{}", { status, headers: { "Resonate-Refusal": slug } });
    const table: [Response | Error, string][] = [
      [refused(429, "play-gate"), "gate"],
      [refused(429, "play-busy"), "later"],
      [refused(403, "grant-expired"), "expired"],
      [refused(403, "play-ended"), "over"],
      [refused(401, "grant-missing"), "over"],
      [refused(416, ""), "end"],
      [refused(503, "media-damaged"), "later"],
      [new TypeError("network"), "later"],
    ];
    for (const [response, kind] of table) {
      answer(response);
      expect((await get()).kind).toBe(kind);
    }
  });
});
