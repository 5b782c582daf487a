// Two devices changed the vault apart: what both end with is the union, the later of each record.
// Merging is commutative, associative and idempotent, so the order of syncing does not matter.

import { canonical, type Json } from "../json.ts";
import type { DayBody, Persona, Rec } from "./body.ts";

/** How long a deleted record is remembered, so that no old device brings it back. */
export const TOMBSTONE_S = 180 * 86_400;

/** Positive where `a` stands over `b`. */
function compare(a: Rec, b: Rec): number {
  if (a.clock !== b.clock) return a.clock - b.clock;
  if (a.device !== b.device) return a.device < b.device ? -1 : 1;
  // One device never writes two things at one clock; if one did, both sides still choose alike.
  const [one, other] = [canonical(plain(a)), canonical(plain(b))];
  return one === other ? 0 : one < other ? -1 : 1;
}

function plain(rec: Rec): Json {
  const { id, kind, device, clock, value } = rec;
  return { id, kind, device, clock, value, gone: rec.gone ?? null };
}

export function mergeRecords(...lists: (readonly Rec[])[]): Rec[] {
  const latest = new Map<string, Rec>();
  for (const rec of lists.flat()) {
    const known = latest.get(rec.id);
    if (!known || compare(rec, known) > 0) latest.set(rec.id, rec);
  }
  return [...latest.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function mergePersonas(...lists: (readonly Persona[])[]): Persona[] {
  const all = new Map<string, string>();
  for (const { id, name } of lists.flat()) {
    const known = all.get(id);
    // A rename is a record; this name only stands where none is.
    all.set(id, known === undefined || name < known ? name : known);
  }
  return [...all].map(([id, name]) => ({ id, name })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function first(a: string, b: string): string {
  return a < b ? a : b;
}

/** Both have one seed: they are bodies of one vault in one epoch. */
export function mergeDays(a: DayBody, b: DayBody): DayBody {
  const later = a.rootVersion >= b.rootVersion ? a : b;
  return {
    rootVersion: later.rootVersion,
    daySeed: first(a.daySeed, b.daySeed),
    personas: mergePersonas(a.personas, b.personas),
    records: mergeRecords(a.records, b.records),
  };
}

/** Without records deleted long ago. Done when writing, never when merging. */
export function pruned(records: readonly Rec[], now: number): Rec[] {
  return records.filter((rec) => rec.gone === undefined || rec.gone > now - TOMBSTONE_S);
}

/** The clock for this device's next record. */
export function nextClock(records: Iterable<Rec>): number {
  let highest = 0;
  for (const { clock } of records) highest = Math.max(highest, clock);
  return highest + 1;
}
