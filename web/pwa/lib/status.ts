// Withdrawn or not (Token Status List draft 20): a signed list of bits, looked at only once a card is
// otherwise good.

import { type Bytes, fromB64url } from "@resonate/lib/bytes";
import { isSignedBy, type NamedKey, readJws } from "./jose.ts";
import { isObject, member } from "./json.ts";
import { Refusal } from "./refusal.ts";

export interface StatusList {
  uri: string;
  bits: 1 | 2 | 4 | 8;
  bytes: Bytes;
  iat: number;
  exp: number;
  /** Seconds until it should be fetched again. */
  ttl: number;
}

/** Inflating stops here: a list of 2^20 bits. */
export const MOST_INFLATED = 131_072;
const LEEWAY_S = 60;
const DEFAULT_TTL_S = 900;

/**
 * Refusals: `status-format`, `status-signature`, `status-sub`, `status-expired`, `status-bomb`.
 */
export async function readStatusList(
  token: string,
  want: { uri: string; keys: readonly NamedKey[]; now: number; most?: number },
): Promise<StatusList> {
  let jws: ReturnType<typeof readJws>;
  try {
    jws = readJws(token);
  } catch {
    throw new Refusal("status-format");
  }
  const { header, claims } = jws;
  if (header.typ !== "statuslist+jwt") throw new Refusal("status-format");
  const named = want.keys.find(({ kid }) => kid === (member(header, "kid") ?? null));
  if (!named || !(await isSignedBy(jws, named.key))) throw new Refusal("status-signature");
  if (claims.sub !== want.uri) throw new Refusal("status-sub");
  const { iat, exp, ttl } = claims;
  if (typeof iat !== "number" || typeof exp !== "number") throw new Refusal("status-format");
  if (exp <= want.now - LEEWAY_S) throw new Refusal("status-expired");
  const { bits, lst } = isObject(claims.status_list) ? claims.status_list : {};
  if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8) throw new Refusal("status-format");
  const packed = typeof lst === "string" ? fromB64url(lst) : null;
  if (!packed) throw new Refusal("status-format");
  const bytes = await inflate(packed, want.most ?? MOST_INFLATED);
  return {
    uri: want.uri,
    bits,
    bytes,
    iat,
    exp,
    ttl: typeof ttl === "number" ? ttl : DEFAULT_TTL_S,
  };
}

/** ZLIB alone (RFC 1950). Refusals: `status-format`, `status-bomb`. */
export async function inflate(packed: Bytes, most: number): Promise<Bytes> {
  const out = new Uint8Array(most);
  let at = 0;
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Refusal("status-format");
    });
    if (done) return out.slice(0, at);
    if (at + value.length > most) {
      await reader.cancel().catch(() => undefined);
      throw new Refusal("status-bomb");
    }
    out.set(value, at);
    at += value.length;
  }
}

/** The entry's value, least significant bits first. Refusal: `status-range`. */
export function statusAt({ bits, bytes }: StatusList, idx: number): number {
  const bit = idx * bits;
  const byte = bytes[Math.floor(bit / 8)];
  if (byte === undefined || idx < 0) throw new Refusal("status-range");
  return (byte >> (bit % 8)) & ((1 << bits) - 1);
}

/** Refusals: `revoked`, `status-range`. */
export function notRevoked(list: StatusList, idx: number): void {
  if (statusAt(list, idx) !== 0) throw new Refusal("revoked");
}
