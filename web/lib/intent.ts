// What a person agreed to pay for one play, signed by the key of their spending limit.

import { type Bytes, fromHex, hex, joined, utf8 } from "./bytes.ts";
import { signJws, thumbprint } from "./jws.ts";
import { type KeyPair, sha256 } from "./platform/webcrypto.ts";

const LIFE_SECONDS = 300;

/** The ledger id of a thing: SHA-256("resonate/transfer-id/1" 00 kind 00 length-prefixed parts)[0..16]. */
export async function transferId(kind: string, parts: Uint8Array[]): Promise<string> {
  const prefixed = parts.map((part) => joined(length(part), part));
  const bytes = joined(utf8(`resonate/transfer-id/1\0${kind}\0`), ...prefixed);
  return hex((await sha256(bytes)).subarray(0, 16));
}

/** The hold that belongs to a play (32 hex characters each). */
export async function holdOf(play: string): Promise<string> {
  const bytes = fromHex(play);
  if (bytes?.length !== 16) throw new RangeError("a play id is 16 bytes of hex");
  return transferId("hold", [bytes]);
}

export interface Intent {
  /** `<listen origin>/payments`. */
  aud: string;
  play: string;
  /** The price the person saw, in micro-credits: it may cost this and no more. */
  max: number;
  mandate: string;
  /** Seconds since 1970. */
  now: number;
}

export async function signIntent(key: KeyPair, intent: Intent): Promise<string> {
  const header = { typ: "play-intent+jwt", kid: await thumbprint(key.jwk) };
  return signJws(key, header, {
    aud: intent.aud,
    hold: await holdOf(intent.play),
    max: intent.max,
    mandate: intent.mandate,
    iat: intent.now,
    exp: intent.now + LIFE_SECONDS,
  });
}

function length(part: Uint8Array): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, part.length);
  return bytes;
}
