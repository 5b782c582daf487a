// What the wallet keeps on this device, whatever keeps it: IndexedDB in a browser, a map in a test.

export const TABLES = [
  /** Vault id, device id, versions. Clear. */
  "meta",
  /** The vault document, and its last good copy. */
  "vault",
  /** Sealed records by random id. */
  "records",
  /** `CopyRow` by random id: the state is clear, the card is sealed. */
  "copies",
  /** Private keys that cannot be read out, by the id of what they belong to. */
  "keys",
  /** Public documents: type metadata, status lists, the trust list, issuers. */
  "cache",
  /** Flows that go on after a change of page, and what waits to be sent. */
  "outbox",
] as const;

export type Table = (typeof TABLES)[number];

/** `fresh`, then `reserved` before anything is signed, then `shown`. Never back. */
export type CopyState = "fresh" | "reserved" | "shown";

export interface CopyRow {
  state: CopyState;
  /** `nonce || ciphertext` of the card. */
  sealed: Uint8Array<ArrayBuffer>;
}

export type Change =
  | { table: Table; key: string; put: unknown }
  | { table: Table; key: string; drop: true }
  /** Moves a copy on; the whole write is refused where it is not in the state `from`. */
  | { table: "copies"; key: string; from: CopyState; to: CopyState };

/**
 * The platform's edge. `write` is one transaction over all tables: when it answers `true` all changes
 * are durable, when it answers `false` or throws none is. A second tab sees them all or none.
 */
export interface Store {
  get: (table: Table, key: string) => Promise<unknown>;
  all: (table: Table) => Promise<Map<string, unknown>>;
  write: (changes: readonly Change[]) => Promise<boolean>;
  /** Everything is gone when this comes back. */
  wipe: () => Promise<void>;
}
