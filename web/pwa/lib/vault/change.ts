// Adding and ending ways in: guarded acts. Ending one makes a new root, so that who kept an old copy
// of the document cannot open a new one; ways that cannot be touched at that moment end with it.

import { type Bytes, b64url } from "@resonate/lib/bytes";
import { RootKey } from "../keys.ts";
import { Refusal } from "../refusal.ts";
import type { World } from "../world.ts";
import type { DayBody, RootBody } from "./body.ts";
import type { VaultDocument } from "./document.ts";
import { readerOf, sealDay, sealRoot, wrapped } from "./open.ts";
import type { Way } from "./ways.ts";

const MOST_SLOTS = 8;

/** The document with one more way in. `readToken` is the new way's own. Refusal: `vault-slots`. */
export async function addWay(
  world: World,
  document: VaultDocument,
  root: RootKey,
  { way, readToken }: { way: Way; readToken: Bytes },
): Promise<VaultDocument> {
  if (document.slots.length >= MOST_SLOTS) throw new Refusal("vault-slots");
  const slot = await wrapped(world, { place: document, way, root });
  const readers = [...document.readers, await readerOf(readToken)];
  return { ...document, version: document.version + 1, slots: [...document.slots, slot], readers };
}

/** A way that stays, and the token that reads the vault with it. */
export interface Kept {
  way: Way;
  readToken: Bytes;
}

/**
 * A new root and epoch with only the ways in `keep`. The store wants the new write key named by the
 * old one (`next`): see `sync.ts`.
 */
export async function rotate(
  world: World,
  document: VaultDocument,
  { day, root, keep }: { day: DayBody; root: RootBody; keep: readonly Kept[] },
): Promise<{ document: VaultDocument; body: DayBody }> {
  if (keep.length === 0) throw new Refusal("vault-slots");
  const fresh = new RootKey(document.vaultId, world.random(32));
  try {
    const place = { ...document, epoch: document.epoch + 1 };
    const slots = [];
    const readers = [];
    for (const { way, readToken } of keep) {
      slots.push(await wrapped(world, { place, way, root: fresh }));
      readers.push(await readerOf(readToken));
    }
    const withRoot = await sealRoot(world, { ...place, slots, readers }, fresh, root);
    const body = { ...day, rootVersion: withRoot.root.version };
    const dayKey = await fresh.day();
    const done = await sealDay(world, withRoot, dayKey, body);
    return { document: { ...done, version: document.version + 1 }, body };
  } finally {
    fresh.drop();
  }
}

/** The name of a slot for the list of ways: its id, or nothing for one of a later version. */
export function slotName(slot: VaultDocument["slots"][number]): string | null {
  return slot.kind === "unknown" ? null : b64url(slot.id);
}
