// Acts that open the root of the vault: a new touch or the passphrase, one act, and it is gone again.

import { fromB64url } from "@resonate/lib/bytes";
import { touchPrfPasskey } from "@resonate/lib/platform/credentials";
import { drive } from "../lib/drive.ts";
import { Failed } from "../lib/failures.ts";
import type { RootKey } from "../lib/keys.ts";
import { guard, keepDocument, type Opened, openWallet } from "../lib/opened.ts";
import type { Guard } from "../lib/questions.ts";
import { Refusal } from "../lib/refusal.ts";
import { resealed } from "../lib/reseal.ts";
import { stayOpen } from "../lib/session.ts";
import { lastStored, storeRotated } from "../lib/sync.ts";
import { addWay, rotate, slotName } from "../lib/vault/change.ts";
import type { VaultDocument } from "../lib/vault/document.ts";
import {
  drawIdentity,
  openDay,
  openRoot,
  readUserHandle,
  unlock,
  unlockRoot,
} from "../lib/vault/open.ts";
import { printDocument } from "../lib/vault/print.ts";
import { PRF_INPUTS, type Way } from "../lib/vault/ways.ts";
import { download, saveNow } from "./act.ts";
import { newPasskey, wayOf } from "./enter.ts";
import { documentHere } from "./kept.ts";
import { send, store, stretch } from "./platform.ts";
import { guardedBy, world } from "./run.ts";
import * as state from "./state.ts";
import { say } from "./words.ts";

interface Root {
  opened: Opened;
  document: VaultDocument;
  root: RootKey;
  way: Way;
  /** Of the way that was used. */
  readToken: Uint8Array<ArrayBuffer> | null;
}

async function openRootOf(): Promise<Root> {
  const [opened, document] = [state.wallet.value, await documentHere()];
  if (!opened || !document) throw new Refusal("vault-way");
  const allow = document.slots.flatMap((slot) =>
    slot.kind === "prf" ? [fromB64url(slot.credentialId) ?? new Uint8Array(0)] : [],
  );
  if (allow.length === 0) {
    const passphrase = await new Promise<string>((resolve) => {
      state.passphrase.value = resolve;
    });
    state.passphrase.value = null;
    const way: Way = { kind: "passphrase", passphrase, stretch };
    return { opened, document, way, root: await unlockRoot(document, way), readToken: null };
  }
  const touch = await touchPrfPasskey({ rpId: location.hostname, allow, inputs: PRF_INPUTS });
  const way = await wayOf(touch);
  const found = touch.userHandle ? readUserHandle(touch.userHandle) : null;
  const root = await unlockRoot(document, way);
  return { opened, document, way, root, readToken: found?.readToken ?? null };
}

/** One guarded act. The root is dropped when it ends, however it ends. */
async function withRoot<T>(what: string, act: (root: Root) => Promise<T>): Promise<T | null> {
  return guardedBy(
    () => void withRoot(what, act),
    what,
    async () => {
      const opened = await openRootOf();
      try {
        return await act(opened);
      } finally {
        opened.root.drop();
      }
    },
  );
}

async function keep(document: VaultDocument): Promise<true> {
  await store.write(await keepDocument(store, document));
  state.changed.value++;
  void saveNow();
  return true;
}

/** For a payment or a limit. */
export async function touchGuard(): Promise<Guard | null> {
  return withRoot(say("stage-guard"), async ({ root }) => guard(root, world.now()));
}

export async function addPasskey(): Promise<boolean> {
  const done = await withRoot(say("stage-adding"), async ({ opened, document, root }) => {
    // The same vault under another name for the store: each way reads with a token of its own.
    const { readToken } = drawIdentity(world);
    const id = fromB64url(document.vaultId) ?? new Uint8Array(0);
    const userId = new Uint8Array([...id, ...readToken]);
    const way = await newPasskey(userId, opened.persona.name);
    return keep(await addWay(world, document, root, { way, readToken }));
  });
  return done === true;
}

/** A new root for the way that was touched; all others end with the one that is removed. */
export async function removeWay(id: string): Promise<boolean> {
  const done = await withRoot(say("stage-removing"), async (held) => {
    const { opened, document, root, way, readToken } = held;
    const isOwn = document.slots.some(
      (slot) =>
        slotName(slot) === id &&
        slot.kind === "prf" &&
        way.kind === "prf" &&
        fromB64url(slot.credentialId)?.join() === way.credentialId.join(),
    );
    if (isOwn) throw new Refusal("vault-way");
    const day = await openDay(document, opened.day);
    const body = await openRoot(document, root, day);
    const token = readToken ?? world.random(32);
    const keepers = [{ way, readToken: token }];
    const next = await rotate(world, document, { day, root: body, keep: keepers });
    await useRoot(opened, next.document, way);
    return true;
  });
  return done === true;
}

/** Goes on with a new root: stored elsewhere first, where the vault is, and this device's rows with it. */
async function useRoot(opened: Opened, document: VaultDocument, way: Way): Promise<void> {
  const next = await unlock(document, way);
  if ((await lastStored(opened)).at > 0) {
    const flow = storeRotated(opened, { origin: location.origin, document, next });
    const end = await drive(flow, { store, send, ask: async () => ({ say: "no" }) });
    if (end.kind === "failed") throw new Failed(end.failure.code, end.failure.word);
  } else {
    const rows = await resealed(opened, next);
    await store.write([...rows, ...(await keepDocument(store, document))]);
  }
  const again = await openWallet({ store, world }, document, next, opened.persona.id);
  await stayOpen(again);
  state.wallet.value = again;
  state.changed.value++;
}

/** A file that opens by its own passphrase and nothing else. */
export async function saveFile(passphrase: string): Promise<boolean> {
  const done = await withRoot(say("stage-stretching"), async ({ opened, document, root }) => {
    const way: Way = { kind: "passphrase", passphrase, stretch };
    const { readToken } = drawIdentity(world);
    const alone = { ...document, slots: [], readers: [] };
    const file = await addWay(world, alone, root, { way, readToken });
    download(
      `${opened.persona.name}.resonate-vault`,
      printDocument({ ...file, version: document.version }),
    );
    return true;
  });
  return done === true;
}
