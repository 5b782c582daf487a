// An unlocked wallet: what ordinary unlocking yields, and one persona that is open.

import { b64url } from "@resonate/lib/bytes";
import { isRecord } from "@resonate/lib/json";
import type { Ed25519Pair } from "@resonate/lib/platform/webcrypto";
import { type DayKey, personaKey, type RootKey } from "./keys.ts";
import { newestNames } from "./personas.ts";
import type { Guard } from "./questions.ts";
import { Records } from "./records.ts";
import { Refusal } from "./refusal.ts";
import type { Change, Store } from "./store.ts";
import type { Persona } from "./vault/body.ts";
import { parseDocument, type VaultDocument } from "./vault/document.ts";
import { openDay, seedKey } from "./vault/open.ts";
import { printDocument } from "./vault/print.ts";
import type { World } from "./world.ts";

export interface Opened {
  readonly store: Store;
  readonly world: World;
  readonly vaultId: string;
  readonly device: string;
  readonly day: DayKey;
  /** Seals rows on this device. */
  readonly cipher: CryptoKey;
  /** Derives the keys of personas. */
  readonly seed: CryptoKey;
  /** The one that is open; a request is answered by no other. */
  readonly persona: Persona;
  /** Those in the body of the vault; `personas` has them by their newest names. */
  readonly made: readonly Persona[];
  readonly records: Records;
}

/** Opens what this device holds. Refusals: `vault-corrupt`, `store-corrupt`. */
export async function openWallet(
  { store, world }: { store: Store; world: World },
  document: VaultDocument,
  day: DayKey,
  personaId?: string,
): Promise<Opened> {
  const body = await openDay(document, day);
  const device = await deviceId(store, world);
  const cipher = await day.store();
  const records = new Records(world, cipher, device);
  await records.load(store);
  const all = newestNames(body.personas, records);
  const persona = all.find((one) => one.id === personaId) ?? all[0];
  if (!persona) throw new Refusal("vault-corrupt");
  const seed = await seedKey(body);
  const { vaultId } = document;
  const made = body.personas;
  return { store, world, vaultId, device, day, cipher, seed, persona, made, records };
}

async function deviceId(store: Store, world: World): Promise<string> {
  const row = await store.get("meta", "device");
  if (typeof row === "string") return row;
  const id = b64url(world.random(16));
  await store.write([{ table: "meta", key: "device", put: id }]);
  return id;
}

/** The key of the open persona for a purpose and place. */
export function keyOf(
  opened: Opened,
  label: "siop" | "offer",
  context: string,
): Promise<Ed25519Pair> {
  return personaKey(opened.seed, label, opened.persona.id, context);
}

/** The document this device keeps, or `null` where it has none. Refusal: `vault-format`. */
export async function keptDocument(store: Store): Promise<VaultDocument | null> {
  const row = await store.get("vault", "document");
  return typeof row === "string" ? parseDocument(row) : null;
}

/** Keeps a document, and the one before it as the last good copy. */
export async function keepDocument(store: Store, document: VaultDocument): Promise<Change[]> {
  const before = await store.get("vault", "document");
  const now = printDocument(document);
  const kept: Change[] =
    typeof before === "string" && before !== now
      ? [{ table: "vault", key: "previous", put: before }]
      : [];
  return [...kept, { table: "vault", key: "document", put: now }];
}

/** That the root was opened now; for a guarded act. The root is dropped with it. */
export function guard(root: RootKey, now: number): Guard {
  root.drop();
  return { vaultId: root.vaultId, at: now };
}

const GUARD_S = 60;

/** Whether a guard is of this vault and of this moment. */
export function isGuarded(opened: Opened, given: Guard | undefined): boolean {
  if (!given || given.vaultId !== opened.vaultId) return false;
  const age = opened.world.now() - given.at;
  return age >= 0 && age <= GUARD_S;
}

/** A row of the `keys` table as a key that signs. */
export function isKeyRow(
  row: unknown,
): row is { privateKey: CryptoKey; jwk: Record<string, string> } {
  return isRecord(row) && isRecord(row.jwk) && "privateKey" in row;
}
