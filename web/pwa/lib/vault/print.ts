// The document as text, members in the order every implementation writes them.

import { b64url } from "@resonate/lib/bytes";
import type { JsonObject } from "../json.ts";
import { FORMAT, type Sealed, type Slot, type VaultDocument } from "./document.ts";

export function printDocument(document: VaultDocument): string {
  const { vaultId, epoch, version, slots, readers, day, root } = document;
  return JSON.stringify({
    format: FORMAT,
    vault_id: vaultId,
    epoch,
    version,
    slots: slots.map(printSlot),
    readers,
    day: printSealed(day),
    root: printSealed(root),
  });
}

function printSealed({ version, salt, nonce, ct }: Sealed): JsonObject {
  return { version, salt: b64url(salt), nonce: b64url(nonce), ct: b64url(ct) };
}

function printSlot(slot: Slot): JsonObject {
  switch (slot.kind) {
    case "unknown":
      return slot.json;
    case "sheet":
      return { id: b64url(slot.id), kind: slot.kind, root: b64url(slot.root) };
    case "prf":
      return {
        id: b64url(slot.id),
        kind: slot.kind,
        credential_id: slot.credentialId,
        salt: b64url(slot.salt),
        day: b64url(slot.day),
        root: b64url(slot.root),
      };
    case "passphrase": {
      const { mKib, t, p, salt } = slot.kdf;
      return {
        id: b64url(slot.id),
        kind: slot.kind,
        kdf: { name: "argon2id", m_kib: mKib, t, p, salt: b64url(salt) },
        day: b64url(slot.day),
        root: b64url(slot.root),
      };
    }
  }
}
