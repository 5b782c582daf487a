// The platform's edge in a test: a map that keeps what IndexedDB would, with the same contract.

import type { Change, CopyRow, Store, Table } from "../store.ts";

export class MemoryStore implements Store {
  readonly #tables = new Map<string, Map<string, unknown>>();
  /** Number of writes that were asked for; tests count disk visits. */
  writes = 0;

  #table(name: Table): Map<string, unknown> {
    const table = this.#tables.get(name) ?? new Map<string, unknown>();
    this.#tables.set(name, table);
    return table;
  }

  get(table: Table, key: string): Promise<unknown> {
    return Promise.resolve(this.#table(table).get(key));
  }

  all(table: Table): Promise<Map<string, unknown>> {
    return Promise.resolve(new Map(this.#table(table)));
  }

  write(changes: readonly Change[]): Promise<boolean> {
    this.writes++;
    // Moves within one write see those before them, as rows of a transaction do.
    const moved = new Map<string, string>();
    for (const change of changes) {
      if (!("from" in change)) continue;
      const row = this.#table("copies").get(change.key) as CopyRow | undefined;
      if ((moved.get(change.key) ?? row?.state) !== change.from) return Promise.resolve(false);
      moved.set(change.key, change.to);
    }
    for (const change of changes) {
      const table = this.#table(change.table);
      if ("put" in change) table.set(change.key, change.put);
      else if ("drop" in change) table.delete(change.key);
      else table.set(change.key, { ...(table.get(change.key) as CopyRow), state: change.to });
    }
    return Promise.resolve(true);
  }

  wipe(): Promise<void> {
    this.#tables.clear();
    return Promise.resolve();
  }
}
