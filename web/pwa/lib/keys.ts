// Keys out of keys (HKDF-SHA-256), each purpose with a text of its own. What is derived goes straight
// into keys that cannot be read out.

import { type Bytes, fromB64url, joined, utf8 } from "@resonate/lib/bytes";
import {
  type Ed25519Pair,
  ed25519OfSeed,
  hkdfBytes,
  hkdfCipher,
  hkdfKey,
} from "@resonate/lib/platform/webcrypto";
import { Refusal } from "./refusal.ts";

const ZERO = new Uint8Array(1);

/**
 * The info text of a persona's key: `siop` with the host of the `response_uri` (lower case, no port),
 * `offer` with the module's `iss`, `#` and a number.
 */
export function seedInfo(label: "siop" | "offer", persona: Bytes, context: string): Bytes {
  return joined(utf8(`resonate/${label}/v1`), ZERO, persona, ZERO, utf8(context));
}

/**
 * The persona's key for that purpose and place. `daySeed` derives and cannot be read; the persona's id
 * is 16 bytes, base64url. Refusal: `vault-corrupt`.
 */
export async function personaKey(
  daySeed: CryptoKey,
  label: "siop" | "offer",
  persona: string,
  context: string,
): Promise<Ed25519Pair> {
  const id = fromB64url(persona);
  if (id?.length !== 16) throw new Refusal("vault-corrupt");
  return ed25519OfSeed(await hkdfBytes(daySeed, seedInfo(label, id, context)));
}

/** What ordinary unlocking yields: opens the day body and what lies on this device. */
export class DayKey {
  /** HKDF, not extractable. */
  readonly key: CryptoKey;

  constructor(key: CryptoKey) {
    this.key = key;
  }

  /** Seals records and copies on this device. */
  store(): Promise<CryptoKey> {
    return hkdfCipher(this.key, utf8("resonate/wallet/store/1"));
  }

  /** Signs writes to the vault store. */
  async auth(): Promise<Ed25519Pair> {
    return ed25519OfSeed(await hkdfBytes(this.key, utf8("resonate/vault/auth/1")));
  }

  body(salt: Bytes): Promise<CryptoKey> {
    return hkdfCipher(this.key, utf8("resonate/vault/body/1"), salt);
  }
}

/** The root of a vault, for one guarded act. `drop` clears it; afterwards it opens nothing. */
export class RootKey {
  readonly vaultId: string;
  readonly #bytes: Bytes;

  /** Takes the buffer over. */
  constructor(vaultId: string, bytes: Bytes) {
    this.vaultId = vaultId;
    this.#bytes = bytes;
  }

  async body(salt: Bytes): Promise<CryptoKey> {
    return hkdfCipher(await hkdfKey(this.#bytes), utf8("resonate/vault/body/1"), salt);
  }

  async day(): Promise<DayKey> {
    const bytes = await this.dayBytes();
    const key = new DayKey(await hkdfKey(bytes));
    bytes.fill(0);
    return key;
  }

  /** For wrapping; the caller clears them. */
  async dayBytes(): Promise<Bytes> {
    return hkdfBytes(await hkdfKey(this.#bytes), utf8("resonate/vault/day/1"));
  }

  /** For wrapping; the caller clears them. */
  copyBytes(): Bytes {
    return new Uint8Array(this.#bytes);
  }

  drop(): void {
    this.#bytes.fill(0);
  }
}
