// Argon2id (RFC 9106): 64 MiB and about a second, so it runs in a worker. A part of its own: loaded
// only where a passphrase is typed.

import { argon2id } from "@noble/hashes/argon2.js";
import { type Bytes, utf8 } from "@resonate/lib/bytes";
import type { StretchWork } from "./vault/ways.ts";

/** 32 bytes. Letters are compared by NFKC, so that two keyboards type the same passphrase. */
export function stretch({ passphrase, salt, mKib, t, p }: StretchWork): Bytes {
  const options = { m: mKib, t, p, dkLen: 32 };
  return new Uint8Array(argon2id(utf8(passphrase.normalize("NFKC")), salt, options));
}
