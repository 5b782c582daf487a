// Making a vault, opening it, and opening it on another device.

import type { Bytes } from "@resonate/lib/bytes";
import { fromB64url } from "@resonate/lib/bytes";
import {
  createPrfPasskey,
  type PrfTouch,
  passkeys,
  touchPrfPasskey,
} from "@resonate/lib/platform/credentials";
import { Failed } from "../lib/failures.ts";
import type { DayKey } from "../lib/keys.ts";
import { keepDocument, openWallet } from "../lib/opened.ts";
import { Refusal } from "../lib/refusal.ts";
import { stayOpen } from "../lib/session.ts";
import { parseDocument, type VaultDocument } from "../lib/vault/document.ts";
import { createVault, drawIdentity, notOlder, readUserHandle, unlock } from "../lib/vault/open.ts";
import { PRF_INPUTS, type Way } from "../lib/vault/ways.ts";
import { afterOpening, join } from "./act.ts";
import { fetchByToken, keepReader, takeOver } from "./elsewhere.ts";
import { documentHere } from "./kept.ts";
import { settle } from "./place.ts";
import { store, stretch } from "./platform.ts";
import { guardedBy, world } from "./run.ts";
import * as state from "./state.ts";
import { say } from "./words.ts";

/** A passkey's two outputs as a way in. F15 where it gives none. */
export async function wayOf(touch: PrfTouch): Promise<Way> {
  const outputs = touch.outputs ?? (await again(touch.credentialId)).outputs;
  if (!outputs) throw new Failed(15, "no-prf");
  return { kind: "prf", credentialId: touch.credentialId, ...outputs };
}

function again(credentialId: Bytes): Promise<PrfTouch> {
  return touchPrfPasskey({ rpId: location.hostname, allow: [credentialId], inputs: PRF_INPUTS });
}

export async function newPasskey(userId: Bytes, userName: string): Promise<Way> {
  if (!(await passkeys()).works) throw new Failed(15, "no-passkeys");
  const rp = { rpId: location.hostname, rpName: say("app-name") };
  return wayOf(await createPrfPasskey({ ...rp, userId, userName, inputs: PRF_INPUTS }));
}

export function makeByPasskey(name: string): Promise<void> {
  return make(name, (identity) => newPasskey(identity.userId, name));
}

export function makeByPassphrase(name: string, passphrase: string): Promise<void> {
  return make(name, async () => ({ kind: "passphrase", passphrase, stretch }));
}

type Identity = ReturnType<typeof drawIdentity>;

/** The vault is kept on this device before anything is sent: a fault later begins with the same key. */
async function make(name: string, way: (identity: Identity) => Promise<Way>): Promise<void> {
  const opened = await guardedBy(
    () => void make(name, way),
    say("stage-making"),
    async () => {
      const identity = drawIdentity(world);
      const made = await createVault(world, { identity, way: await way(identity), name });
      void navigator.storage?.persist?.().catch(() => undefined);
      await store.write(await keepDocument(store, made.document));
      const opened = await openWallet({ store, world }, made.document, made.day);
      await keepReader(opened, identity.readToken);
      await stayOpen(opened);
      return opened;
    },
  );
  if (!opened) return;
  state.wallet.value = opened;
  state.phase.value = "open";
  await join();
}

export function unlockByPasskey(): Promise<void> {
  return enter(say("stage-opening"), unlockByPasskey, async () => {
    const document = await here();
    const allow = document.slots.flatMap((slot) =>
      slot.kind === "prf" ? [fromB64url(slot.credentialId) ?? new Uint8Array(0)] : [],
    );
    const touch = await touchPrfPasskey({ rpId: location.hostname, allow, inputs: PRF_INPUTS });
    return { document, day: await unlock(document, await wayOf(touch)) };
  });
}

export function unlockByPassphrase(passphrase: string): Promise<void> {
  const retry = () => {
    state.failing.value = null;
  };
  return enter(say("stage-stretching"), retry, async () => {
    const document = await here();
    return { document, day: await unlock(document, { kind: "passphrase", passphrase, stretch }) };
  });
}

async function here(): Promise<VaultDocument> {
  const document = await documentHere();
  if (!document) throw new Failed(16, "storage-empty");
  return document;
}

interface Entered {
  document: VaultDocument;
  day: DayKey;
  /** Where the vault came from elsewhere: the token that reads it. */
  readToken?: Bytes | null;
}

async function enter(what: string, retry: () => void, open: () => Promise<Entered>): Promise<void> {
  const opened = await guardedBy(retry, what, async () => {
    const { document, day, readToken } = await open();
    if (readToken !== undefined) await store.write(await keepDocument(store, document));
    const opened = await openWallet({ store, world }, document, day);
    if (readToken !== undefined) await takeOver(opened, document);
    const known = (key: string) => ({ table: "meta", key, put: true }) as const;
    if (readToken !== undefined) await store.write([known("began")]);
    if (readToken) await store.write([known("came")]);
    if (readToken) await keepReader(opened, readToken);
    await stayOpen(opened);
    return { opened, isNewHere: readToken !== undefined };
  });
  if (!opened) return;
  state.wallet.value = opened.opened;
  state.phase.value = "open";
  await afterOpening(opened.isNewHere);
}

/** One touch finds the vault and opens it: the passkey carries its name and what reads it. */
export function recoverByPasskey(): Promise<void> {
  return enter(say("stage-finding"), recoverByPasskey, async () => {
    const wanted = { rpId: location.hostname, allow: [], inputs: PRF_INPUTS };
    const touch = await touchPrfPasskey(wanted);
    const found = touch.userHandle ? readUserHandle(touch.userHandle) : null;
    if (!found) throw new Failed(14, "passkey-other");
    const document = await fetchByToken(found);
    await notBehind(document);
    return {
      document,
      day: await unlock(document, await wayOf(touch)),
      readToken: found.readToken,
    };
  }).then(leaveRecover);
}

export function recoverByFile(text: string, passphrase: string): Promise<void> {
  const retry = () => {
    state.failing.value = null;
  };
  return enter(say("stage-stretching"), retry, async () => {
    const document = parseDocument(text);
    await notBehind(document);
    const day = await unlock(document, { kind: "passphrase", passphrase, stretch });
    return { document, day, readToken: null };
  }).then(leaveRecover);
}

/** What this device has already is not overwritten by something older, or by another vault. */
async function notBehind(document: VaultDocument): Promise<void> {
  const known = await documentHere().catch(() => null);
  if (known && known.vaultId !== document.vaultId) throw new Refusal("vault-corrupt");
  if (known) notOlder(document, known);
}

function leaveRecover(): void {
  if (state.phase.value === "open" && location.pathname === "/recover") settle("/");
}
