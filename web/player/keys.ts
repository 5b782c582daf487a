// What the player keeps in this browser: its key, until when its session stands, its spending limit.
// The private key cannot be read out; losing it all costs one passkey touch.

import { isRecord } from "@resonate/lib/json";
import { load, save, saveFirst } from "@resonate/lib/platform/store";
import { generateKey, type KeyPair } from "@resonate/lib/platform/webcrypto";

const DATABASE = "resonate-player";

/** The key of this browser; made at first need, one for all tabs. */
export async function playerKey(): Promise<KeyPair> {
  const kept = readKey(await load(DATABASE, "key"));
  if (kept) return kept;
  const made = await generateKey();
  if (await saveFirst(DATABASE, "key", made)) return made;
  const other = readKey(await load(DATABASE, "key"));
  if (other) return other;
  await save(DATABASE, "key", made);
  return made;
}

export async function sessionUntil(): Promise<number> {
  const until = await load(DATABASE, "session-until");
  return typeof until === "number" ? until : 0;
}

export function keepSessionUntil(until: number): Promise<void> {
  return save(DATABASE, "session-until", until);
}

/** The id of the spending limit this key signs for, if one was asked for here. */
export async function mandateId(): Promise<string | null> {
  const id = await load(DATABASE, "mandate");
  return typeof id === "string" ? id : null;
}

export function keepMandateId(id: string): Promise<void> {
  return save(DATABASE, "mandate", id);
}

function readKey(kept: unknown): KeyPair | null {
  if (!isRecord(kept) || !(kept.privateKey instanceof CryptoKey) || !isRecord(kept.jwk))
    return null;
  const { x, y } = kept.jwk;
  if (typeof x !== "string" || typeof y !== "string") return null;
  return { privateKey: kept.privateKey, jwk: { kty: "EC", crv: "P-256", x, y } };
}
