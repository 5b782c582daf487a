// Unlocked across a change of page. A login leaves the wallet's page and comes back; without this the
// person would touch the passkey again at each return. What is kept is a key that only derives and
// cannot be read out; it is gone on lock, after ten idle minutes, or at the next look after that.

import { isRecord } from "@resonate/lib/json";
import { DayKey } from "./keys.ts";
import { keptDocument, type Opened, openWallet } from "./opened.ts";
import type { Store } from "./store.ts";
import type { World } from "./world.ts";

const ROW = { table: "keys", key: "open" } as const;
export const IDLE_S = 600;
/** How long a hidden page stays unlocked. */
export const HIDDEN_S = 120;

/** Stays unlocked for `IDLE_S` from now; called at each act of the person. */
export async function stayOpen(opened: Opened): Promise<void> {
  const { store, world, day, persona, vaultId } = opened;
  const until = world.now() + IDLE_S;
  await store.write([{ ...ROW, put: { key: day.key, persona: persona.id, vaultId, until } }]);
}

/** The wallet as it was left open, or `null`: locked, idle too long, or another vault. */
export async function reopen(store: Store, world: World): Promise<Opened | null> {
  const row = await store.get(ROW.table, ROW.key);
  if (!isRecord(row)) return null;
  const { key, persona, vaultId, until } = row;
  const now = world.now();
  const isOpen = typeof until === "number" && now < until && until <= now + IDLE_S;
  const document = isOpen ? await keptDocument(store) : null;
  if (!document || document.vaultId !== vaultId || typeof persona !== "string") {
    await lock(store);
    return null;
  }
  return openWallet({ store, world }, document, new DayKey(key as CryptoKey), persona);
}

export async function lock(store: Store): Promise<void> {
  await store.write([{ ...ROW, drop: true }]);
}
