// Time, chance and new keys, handed in so that a recorded run can bring its own.

import type { Bytes } from "@resonate/lib/bytes";
import { generateKey, type KeyPair, random } from "@resonate/lib/platform/webcrypto";

export interface World {
  /** Seconds since 1970. */
  now: () => number;
  random: (length: number) => Bytes;
  /** A new P-256 key that cannot be read out. */
  newKey: () => Promise<KeyPair>;
}

/** The platform's. `ahead` is for the demo, whose clock can be moved. */
export function platformWorld(ahead = 0): World {
  return { now: () => Math.floor(Date.now() / 1000) + ahead, random, newKey: generateKey };
}
