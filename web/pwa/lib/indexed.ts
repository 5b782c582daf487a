// The wallet's tables in this browser.

import { Tables } from "@resonate/lib/platform/store";
import { type Store, TABLES } from "./store.ts";

const DATABASE = "resonate-wallet";

export function indexedStore(): Store {
  const tables = new Tables(DATABASE, TABLES);
  return {
    get: (table, key) => tables.get(table, key),
    all: (table) => tables.all(table),
    write: (changes) => tables.writeAll(changes),
    wipe: async () => {
      await tables.wipe();
    },
  };
}
