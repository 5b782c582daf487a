// The only file that names IndexedDB: one small table of named things.

import { isRecord } from "../json.ts";

const STORE = "things";

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function open(database: string): Promise<IDBDatabase> {
  const request = indexedDB.open(database, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return done(request);
}

async function withStore<T>(
  database: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opened = await open(database);
  try {
    return await done(work(opened.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    opened.close();
  }
}

/** What is kept under `name`; the caller checks what it is. */
export function load(database: string, name: string): Promise<unknown> {
  return withStore<unknown>(database, "readonly", (store) => store.get(name));
}

export async function save(database: string, name: string, thing: unknown): Promise<void> {
  await withStore(database, "readwrite", (store) => store.put(thing, name));
}

/** Keeps `thing` unless something is there already: two tabs end with one. */
export async function saveFirst(database: string, name: string, thing: unknown): Promise<boolean> {
  try {
    await withStore(database, "readwrite", (store) => store.add(thing, name));
    return true;
  } catch (error) {
    if (error instanceof DOMException && error.name === "ConstraintError") return false;
    throw error;
  }
}

export async function forget(database: string, name: string): Promise<void> {
  await withStore(database, "readwrite", (store) => store.delete(name));
}

/** One change of `writeAll`. `move` demands that the row's `state` is `from`, or nothing is written. */
export type TableChange =
  | { table: string; key: string; put: unknown }
  | { table: string; key: string; drop: true }
  | { table: string; key: string; from: string; to: string };

/** A database of several tables, each of named things. */
export class Tables {
  readonly #database: string;
  readonly #names: readonly string[];

  constructor(database: string, names: readonly string[]) {
    this.#database = database;
    this.#names = names;
  }

  #open(): Promise<IDBDatabase> {
    const request = indexedDB.open(this.#database, 1);
    request.onupgradeneeded = () => {
      for (const name of this.#names) request.result.createObjectStore(name);
    };
    return done(request);
  }

  async get(table: string, key: string): Promise<unknown> {
    const opened = await this.#open();
    try {
      return await done<unknown>(opened.transaction(table).objectStore(table).get(key));
    } finally {
      opened.close();
    }
  }

  async all(table: string): Promise<Map<string, unknown>> {
    const opened = await this.#open();
    try {
      const store = opened.transaction(table).objectStore(table);
      const [keys, things] = await Promise.all([
        done(store.getAllKeys()),
        done<unknown[]>(store.getAll()),
      ]);
      return new Map(keys.map((key, i) => [String(key), things[i]]));
    } finally {
      opened.close();
    }
  }

  /**
   * All or nothing, on the disk before it comes back. `false` where a `move` did not find its row in
   * the state it was to leave.
   */
  async writeAll(changes: readonly TableChange[]): Promise<boolean> {
    if (changes.length === 0) return true;
    const opened = await this.#open();
    try {
      const tables = [...new Set(changes.map((change) => change.table))];
      const transaction = opened.transaction(tables, "readwrite", { durability: "strict" });
      const ended = new Promise<boolean>((resolve, reject) => {
        transaction.oncomplete = () => resolve(true);
        transaction.onabort = () =>
          transaction.error ? reject(transaction.error) : resolve(false);
      });
      for (const change of changes) apply(transaction, change);
      return await ended;
    } finally {
      opened.close();
    }
  }

  wipe(): Promise<unknown> {
    return done(indexedDB.deleteDatabase(this.#database));
  }
}

function apply(transaction: IDBTransaction, change: TableChange): void {
  const store = transaction.objectStore(change.table);
  if ("put" in change) store.put(change.put, change.key);
  else if ("drop" in change) store.delete(change.key);
  else {
    const request = store.get(change.key);
    request.onsuccess = () => {
      const row: unknown = request.result;
      // An abort undoes what the same transaction wrote before.
      if (!isRecord(row) || row.state !== change.from) transaction.abort();
      else store.put({ ...row, state: change.to }, change.key);
    };
  }
}
