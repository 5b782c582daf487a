// Wallets for tests: real vaults under cheap but real keys, on the map that stands for IndexedDB.

import type { Bytes } from "@resonate/lib/bytes";
import { keepDocument, type Opened, openWallet } from "../opened.ts";
import type { VaultDocument } from "../vault/document.ts";
import { createVault, drawIdentity, unlock } from "../vault/open.ts";
import type { Way } from "../vault/ways.ts";
import { platformWorld, type World } from "../world.ts";
import { MemoryStore } from "./memory.ts";

/** A passkey with PRF: constant outputs, as an authenticator gives them. */
export function passkey(n = 7): Way & { kind: "prf" } {
  const bytes = (fill: number): Bytes => new Uint8Array(32).fill(fill);
  return { kind: "prf", credentialId: bytes(n), first: bytes(n + 1), second: bytes(n + 2) };
}

/** A clock that stands still until it is moved. */
export function worldAt(start: number): World & { ahead: (seconds: number) => void } {
  let now = start;
  const ahead = (seconds: number) => {
    now += seconds;
  };
  return { ...platformWorld(), now: () => now, ahead };
}

export interface TestWallet {
  opened: Opened;
  store: MemoryStore;
  document: VaultDocument;
  readToken: Bytes;
}

export async function newWallet(world: World): Promise<TestWallet> {
  const store = new MemoryStore();
  const identity = drawIdentity(world);
  const { document, day } = await createVault(world, { identity, way: passkey(), name: "me" });
  await store.write(await keepDocument(store, document));
  const opened = await openWallet({ store, world }, document, day);
  return { opened, store, document, readToken: identity.readToken };
}

/** The same vault on another device. */
export async function onNewDevice(world: World, document: VaultDocument): Promise<TestWallet> {
  const store = new MemoryStore();
  await store.write(await keepDocument(store, document));
  const opened = await openWallet({ store, world }, document, await unlock(document, passkey()));
  return { opened, store, document, readToken: new Uint8Array(32) };
}
