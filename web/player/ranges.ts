// The bytes of one rendition, asked for piece by piece. Before a play counts, the server gives none
// beyond a gate: a shorter answer, then 429. That is no fault; the feed waits for the counted play.

export type Piece =
  | { kind: "bytes"; bytes: Uint8Array<ArrayBuffer>; gated: boolean }
  | { kind: "end" }
  | { kind: "gate" }
  | { kind: "expired" }
  | { kind: "over"; slug: string }
  | { kind: "later" };

/** Asks for `length` bytes from `from`. A network fault is `later`, never thrown. */
export async function getPiece(ask: {
  url: string;
  from: number;
  length: number;
  total: number;
  signal: AbortSignal;
}): Promise<Piece> {
  const { url, from, total, signal } = ask;
  if (from >= total) return { kind: "end" };
  const last = Math.min(from + ask.length, total) - 1;
  const headers = { Range: `bytes=${from}-${last}` };
  let response: Response;
  try {
    response = await fetch(url, { headers, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return { kind: "later" };
  }
  const slug = response.headers.get("Resonate-Refusal") ?? "";
  switch (response.status) {
    case 200:
    case 206:
      return readPiece(response, { from, wanted: last - from + 1, signal });
    case 416:
      return { kind: "end" };
    case 429:
      return slug === "play-gate" || slug === "" ? { kind: "gate" } : { kind: "later" };
    case 403:
      return slug === "grant-expired" ? { kind: "expired" } : { kind: "over", slug };
    default:
      return response.status >= 500 ? { kind: "later" } : { kind: "over", slug };
  }
}

async function readPiece(
  response: Response,
  ask: { from: number; wanted: number; signal: AbortSignal },
): Promise<Piece> {
  try {
    const all = new Uint8Array(await response.arrayBuffer());
    // A whole file in answer to a range: the part that was asked for is in it.
    const bytes = response.status === 200 ? all.slice(ask.from, ask.from + ask.wanted) : all;
    return { kind: "bytes", bytes, gated: bytes.length < ask.wanted };
  } catch (error) {
    if (ask.signal.aborted) throw error;
    return { kind: "later" };
  }
}
