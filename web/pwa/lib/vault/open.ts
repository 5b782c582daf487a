// Making a vault, opening it by a way in, and sealing its bodies anew.

import { type Bytes, b64url, fromB64url, joined } from "@resonate/lib/bytes";
import { hkdfKey, seal, sha256, unseal, unwrapHkdf } from "@resonate/lib/platform/webcrypto";
import { DayKey, RootKey } from "../keys.ts";
import { Refusal } from "../refusal.ts";
import type { World } from "../world.ts";
import { type DayBody, parseDay, parseRoot, printDay, printRoot, type RootBody } from "./body.ts";
import {
  bodyAad,
  type Level,
  type Place,
  type Sealed,
  type Slot,
  slotAad,
  type VaultDocument,
} from "./document.ts";
import { blankSlot, slotKeys, type Way } from "./ways.ts";

/** Drawn before the passkey is made: `userId` is what the passkey carries (48 bytes). */
export interface VaultIdentity {
  vaultId: string;
  readToken: Bytes;
  userId: Bytes;
}

export function drawIdentity(world: World): VaultIdentity {
  const [id, readToken] = [world.random(16), world.random(32)];
  return { vaultId: b64url(id), readToken, userId: joined(id, readToken) };
}

/** What a passkey's user handle says: which vault, and the token that reads it. */
export function readUserHandle(handle: Bytes): { vaultId: string; readToken: Bytes } | null {
  if (handle.length !== 48) return null;
  return { vaultId: b64url(handle.subarray(0, 16)), readToken: handle.slice(16) };
}

export interface Made {
  document: VaultDocument;
  day: DayKey;
  body: DayBody;
}

/** A new vault with one way in and one persona. */
export async function createVault(
  world: World,
  { identity, way, name }: { identity: VaultIdentity; way: Way; name: string },
): Promise<Made> {
  const root = new RootKey(identity.vaultId, world.random(32));
  const blank: Sealed = sealedNothing();
  const document: VaultDocument = {
    vaultId: identity.vaultId,
    epoch: 1,
    version: 0,
    slots: [],
    readers: [await readerOf(identity.readToken)],
    day: blank,
    root: blank,
  };
  try {
    const slot = await wrapped(world, { place: document, way, root });
    const day = await root.day();
    const held: RootBody = { vaultSeed: b64url(world.random(32)), keys: [], records: [] };
    const withRoot = await sealRoot(world, { ...document, slots: [slot] }, root, held);
    const personas = [{ id: b64url(world.random(16)), name }];
    const daySeed = b64url(world.random(32));
    const body: DayBody = { rootVersion: withRoot.root.version, daySeed, personas, records: [] };
    return { document: await sealDay(world, withRoot, day, body), day, body };
  } finally {
    root.drop();
  }
}

/** What the document says of a read token. */
export async function readerOf(token: Bytes): Promise<string> {
  return b64url(await sha256(token));
}

function sealedNothing(): Sealed {
  const nothing = new Uint8Array(0);
  return { version: 0, salt: nothing, nonce: nothing, ct: nothing };
}

/** A new slot that opens with `way`. */
export async function wrapped(
  world: World,
  { place, way, root }: { place: Place; way: Way; root: RootKey },
): Promise<Slot> {
  const slot = blankSlot(way, world.random);
  const keys = await slotKeys(slot, way);
  if (!keys) throw new TypeError("a slot opens with the way it was made for");
  const wrap = async (level: Level, key: CryptoKey, bytes: Bytes) => {
    const nonce = world.random(12);
    const ct = await seal(key, { nonce, aad: slotAad(place, slot.id, level), bytes });
    bytes.fill(0);
    return joined(nonce, ct);
  };
  const rootWrap = await wrap("root", keys.root, root.copyBytes());
  if (slot.kind === "sheet" || !keys.day) return { ...slot, root: rootWrap };
  return { ...slot, root: rootWrap, day: await wrap("day", keys.day, await root.dayBytes()) };
}

interface Wrap {
  key: CryptoKey;
  cell: { nonce: Bytes; aad: Bytes; bytes: Bytes };
}

/** The wraps of a level that this way may open, in the order of the slots. */
async function* wraps(document: VaultDocument, way: Way, level: Level): AsyncGenerator<Wrap> {
  for (const slot of document.slots) {
    const keys = await slotKeys(slot, way);
    if (!keys || slot.kind === "unknown") continue;
    const wrap = level === "root" ? slot.root : slot.kind === "sheet" ? null : slot.day;
    const key = level === "root" ? keys.root : keys.day;
    if (!wrap || !key) continue;
    const aad = slotAad(document, slot.id, level);
    yield { key, cell: { nonce: wrap.slice(0, 12), aad, bytes: wrap.slice(12) } };
  }
}

/**
 * The day key. Refusals: `vault-way` where no slot opens, `vault-corrupt` where the passkey's own slot
 * does not, `vault-kdf-weak`, `vault-kdf-heavy`.
 */
export async function unlock(document: VaultDocument, way: Way): Promise<DayKey> {
  if (way.kind === "sheet") {
    const root = await unlockRoot(document, way);
    const day = await root.day();
    root.drop();
    return day;
  }
  for await (const { key, cell } of wraps(document, way, "day")) {
    const opened = await unwrapHkdf(key, cell);
    if (opened) return new DayKey(opened);
  }
  throw notOpened(document, way);
}

/** The root key, for one guarded act; the caller drops it. Refusals as `unlock`. */
export async function unlockRoot(document: VaultDocument, way: Way): Promise<RootKey> {
  for await (const { key, cell } of wraps(document, way, "root")) {
    const opened = await unseal(key, cell);
    if (opened?.length === 32) return new RootKey(document.vaultId, opened);
  }
  throw notOpened(document, way);
}

/**
 * A passkey's slot names its passkey: where that one does not open it, the wrap was altered or is
 * another vault's. A mistyped passphrase and an altered wrap look alike: that is what sealing means.
 */
function notOpened(document: VaultDocument, way: Way): Refusal {
  const isNamed =
    way.kind === "prf" &&
    document.slots.some(
      (slot) => slot.kind === "prf" && slot.credentialId === b64url(way.credentialId),
    );
  return new Refusal(isNamed ? "vault-corrupt" : "vault-way");
}

/** Refusal: `vault-corrupt`. */
export async function openDay(document: VaultDocument, key: DayKey): Promise<DayBody> {
  return parseDay(await opened(document, "day", await key.body(document.day.salt)));
}

/** The root body, not older than `day` says. Refusals: `vault-corrupt`, `vault-older`. */
export async function openRoot(
  document: VaultDocument,
  key: RootKey,
  day: DayBody,
): Promise<RootBody> {
  if (document.root.version < day.rootVersion) throw new Refusal("vault-older");
  return parseRoot(await opened(document, "root", await key.body(document.root.salt)));
}

async function opened(document: VaultDocument, level: Level, key: CryptoKey): Promise<Bytes> {
  const { version, nonce, ct } = document[level];
  const plain = await unseal(key, { nonce, aad: bodyAad(document, version, level), bytes: ct });
  if (!plain) throw new Refusal("vault-corrupt");
  return plain;
}

/** The document with a new day body; its version and the body's grow. */
export async function sealDay(
  world: World,
  document: VaultDocument,
  key: DayKey,
  body: DayBody,
): Promise<VaultDocument> {
  const salt = world.random(32);
  const day = await sealed(world, document, "day", {
    salt,
    key: await key.body(salt),
    plain: printDay(body),
  });
  return { ...document, version: document.version + 1, day };
}

/** The document with a new root body. The day body is to say its version afterwards. */
export async function sealRoot(
  world: World,
  document: VaultDocument,
  key: RootKey,
  body: RootBody,
): Promise<VaultDocument> {
  const salt = world.random(32);
  const root = await sealed(world, document, "root", {
    salt,
    key: await key.body(salt),
    plain: printRoot(body),
  });
  return { ...document, version: document.version + 1, root };
}

async function sealed(
  world: World,
  document: VaultDocument,
  level: Level,
  { salt, key, plain }: { salt: Bytes; key: CryptoKey; plain: Bytes },
): Promise<Sealed> {
  const [version, nonce] = [document[level].version + 1, world.random(12)];
  const ct = await seal(key, { nonce, aad: bodyAad(document, version, level), bytes: plain });
  plain.fill(0);
  return { version, salt, nonce, ct };
}

/** Refuses a document older than what this device already had (VS8): `vault-older`. */
export function notOlder(document: VaultDocument, known: VaultDocument): void {
  const isOlder =
    document.vaultId === known.vaultId &&
    (document.epoch < known.epoch ||
      (document.epoch === known.epoch &&
        (document.version < known.version || document.root.version < known.root.version)));
  if (document.vaultId !== known.vaultId) throw new Refusal("vault-corrupt");
  if (isOlder) throw new Refusal("vault-older");
}

/** The day seed as a key to derive from. */
export async function seedKey(body: DayBody): Promise<CryptoKey> {
  const bytes = fromB64url(body.daySeed) ?? new Uint8Array(0);
  const key = await hkdfKey(bytes);
  bytes.fill(0);
  return key;
}
