// A new root makes a new key for what lies on this device: every sealed row is written anew under it, in
// the same write as the new document.
import { isRecord } from "@resonate/lib/json";
import type { DayKey } from "./keys.ts";
import type { Opened } from "./opened.ts";
import { openRow, type Row, sealRow } from "./records.ts";
import type { Change } from "./store.ts";

export async function resealed(opened: Opened, next: DayKey): Promise<Change[]> {
  const to = await next.store();
  const changes: Change[] = [];
  for (const table of ["records", "copies", "outbox"] as const) {
    for (const [key, row] of await opened.store.all(table)) {
      const sealed = isRecord(row) && "sealed" in row ? row.sealed : row;
      const anew = await again(opened, to, { table, key }, sealed);
      // A copy's state stays beside its card.
      changes.push({
        table,
        key,
        put: isRecord(row) && "sealed" in row ? { ...row, sealed: anew } : anew,
      });
    }
  }
  return changes;
}

async function again(
  opened: Opened,
  to: CryptoKey,
  place: Row,
  sealed: unknown,
): Promise<Uint8Array> {
  return sealRow(opened.world, to, place, await openRow(opened.cipher, place, sealed));
}
