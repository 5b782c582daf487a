// The only file that names IndexedDB: one small table of named things.

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
