// What the wallet keeps, read for the screens.

import { copiesOf, isLow, stock } from "../lib/copies.ts";
import type { Json } from "../lib/json.ts";
import { keptDocument, type Opened } from "../lib/opened.ts";
import { keptLists } from "../lib/statuses.ts";
import { lastStored } from "../lib/sync.ts";
import { slotName } from "../lib/vault/change.ts";
import type { VaultDocument } from "../lib/vault/document.ts";
import { store } from "./platform.ts";

/** Facts that say nothing to a person, or that only the check of a card needs. */
const HIDDEN = new Set(["iss", "vct", "cnf", "status", "iat", "nbf", "exp", "_sd_alg"]);
/** Copies in a batch of cards that are shown once each. */
const BATCH = 20;

export interface Card {
  vct: string;
  issuer: string;
  fresh: number;
  isLow: boolean;
  until: number | null;
  facts: { name: string; value: Json }[];
  /** When the list of withdrawn cards was last fetched, seconds since 1970. */
  statusAt: number | null;
}

export async function cardsOf(opened: Opened): Promise<Card[]> {
  const now = opened.world.now();
  const copies = await copiesOf(opened);
  const lists = await keptLists(opened.store);
  return stock(copies, now).map(({ vct, iss, fresh, until }) => {
    const like = copies.filter((copy) => copy.vct === vct);
    const claims = like.at(-1)?.claims ?? {};
    const facts = Object.entries(claims).flatMap(([name, value]) =>
      HIDDEN.has(name) || value === undefined ? [] : [{ name, value }],
    );
    const uri = like.find((copy) => copy.status)?.status?.uri;
    return {
      vct,
      issuer: URL.canParse(iss) ? new URL(iss).host : iss,
      fresh,
      isLow: isLow(fresh, BATCH),
      until,
      facts,
      statusAt: uri === undefined ? null : (lists.get(uri)?.iat ?? 0),
    };
  });
}

export interface WayIn {
  id: string;
  kind: "prf" | "passphrase" | "sheet" | "unknown";
}

export async function waysOf(): Promise<WayIn[]> {
  const document = await keptDocument(store);
  return (document?.slots ?? []).map((slot, n) => ({
    id: slotName(slot) ?? `later-${n}`,
    kind: slot.kind,
  }));
}

export interface Saved {
  /** When the vault store last took it, seconds since 1970. */
  at: number | null;
  ways: number;
}

export async function savedElsewhere(opened: Opened): Promise<Saved> {
  const [{ at }, document] = await Promise.all([lastStored(opened), keptDocument(opened.store)]);
  return { at: at > 0 ? at : null, ways: document?.slots.length ?? 0 };
}

export async function documentHere(): Promise<VaultDocument | null> {
  return keptDocument(store);
}
