// Ways in: what turns a passkey's secret, a passphrase or a written sheet into the keys of a slot.

import { type Bytes, b64url, utf8 } from "@resonate/lib/bytes";
import { hkdfCipher, hkdfKey } from "@resonate/lib/platform/webcrypto";
import { Refusal } from "../refusal.ts";
import type { Kdf, Slot } from "./document.ts";

/** Constant inputs, so that a new device needs one touch: outputs differ by passkey. */
export const PRF_INPUTS = {
  first: utf8("resonate/wallet/kek/v1"),
  second: utf8("resonate/wallet/guard/v1"),
} as const;
const SHEET = utf8("resonate/wallet/sheet/v1");

export interface StretchWork extends Kdf {
  passphrase: string;
}

/** Argon2id, 32 bytes; in a browser this asks a worker (`argon.ts` is what runs there). */
export type Stretch = (work: StretchWork) => Promise<Bytes>;

/** What the person gives. */
export type Way =
  | { kind: "prf"; credentialId: Bytes; first: Bytes; second: Bytes }
  | { kind: "passphrase"; passphrase: string; stretch: Stretch }
  | { kind: "sheet"; bytes: Bytes };

/** What is written for a new passphrase: 64 MiB, three passes, one lane. */
export function standardKdf(salt: Bytes): Kdf {
  return { mKib: 65_536, t: 3, p: 1, salt };
}

/** Refusals before any work: `vault-kdf-weak`, `vault-kdf-heavy`, `vault-format`. */
export function checkKdf({ mKib, t, p, salt }: Kdf): void {
  if (mKib < 19_456 || t < 2 || p < 1) throw new Refusal("vault-kdf-weak");
  if (mKib > 1 << 20 || t > 10 || p > 4) throw new Refusal("vault-kdf-heavy");
  if (salt.length < 16) throw new Refusal("vault-format");
}

/** The keys that unwrap a slot. A sheet opens the root alone. */
export interface SlotKeys {
  day: CryptoKey | null;
  root: CryptoKey;
}

/** `null` where the way is of another kind, or another passkey. */
export async function slotKeys(slot: Slot, way: Way): Promise<SlotKeys | null> {
  if (slot.kind === "prf" && way.kind === "prf") {
    if (slot.credentialId !== b64url(way.credentialId)) return null;
    return {
      day: await hkdfCipher(await hkdfKey(way.first), PRF_INPUTS.first, slot.salt),
      root: await hkdfCipher(await hkdfKey(way.second), PRF_INPUTS.second, slot.salt),
    };
  }
  if (slot.kind === "passphrase" && way.kind === "passphrase") {
    checkKdf(slot.kdf);
    const stretched = await way.stretch({ ...slot.kdf, passphrase: way.passphrase });
    const from = await hkdfKey(stretched);
    stretched.fill(0);
    return {
      day: await hkdfCipher(from, PRF_INPUTS.first),
      root: await hkdfCipher(from, PRF_INPUTS.second),
    };
  }
  if (slot.kind === "sheet" && way.kind === "sheet") {
    return { day: null, root: await hkdfCipher(await hkdfKey(way.bytes), SHEET) };
  }
  return null;
}

/** A slot of the way's kind, its wraps still to come. */
export function blankSlot(
  way: Way,
  random: (length: number) => Bytes,
): Exclude<Slot, { kind: "unknown" }> {
  const [id, blank] = [random(16), new Uint8Array(0)];
  if (way.kind === "sheet") return { kind: "sheet", id, root: blank };
  if (way.kind === "passphrase") {
    return { kind: "passphrase", id, kdf: standardKdf(random(16)), day: blank, root: blank };
  }
  const credentialId = b64url(way.credentialId);
  return { kind: "prf", id, credentialId, salt: random(32), day: blank, root: blank };
}
