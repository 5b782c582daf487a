// Status lists on this device: all are fetched ahead, so that the time of fetching tells nothing.

import { isRecord } from "@resonate/lib/json";
import type { TrustedIssuer } from "./card.ts";
import { type Copy, copiesOf } from "./copies.ts";
import { rowOf } from "./failures.ts";
import { flow, type Steps, save, send, type Trace } from "./flow.ts";
import { isGood, isSafeUrl } from "./http.ts";
import type { Opened } from "./opened.ts";
import { Refusal } from "./refusal.ts";
import { readStatusList, type StatusList, statusAt } from "./status.ts";
import type { Flow } from "./step.ts";
import type { Change, Store } from "./store.ts";

const PREFIX = "status:";

/** Lists as they were last fetched and checked, by address. */
export async function keptLists(store: Store): Promise<Map<string, StatusList>> {
  const lists = new Map<string, StatusList>();
  for (const [key, row] of await store.all("cache")) {
    if (key.startsWith(PREFIX) && isList(row)) lists.set(row.uri, row);
  }
  return lists;
}

function isList(row: unknown): row is StatusList {
  return isRecord(row) && typeof row.uri === "string" && row.bytes instanceof Uint8Array;
}

/** Tells withdrawn copies by what was fetched; a copy whose list was never fetched counts as good. */
export async function revokedBy(store: Store): Promise<(copy: Copy) => boolean> {
  const lists = await keptLists(store);
  return ({ status }) => {
    const list = status && lists.get(status.uri);
    if (!status || !list) return false;
    try {
      return statusAt(list, status.idx) !== 0;
    } catch {
      return true;
    }
  };
}

const STALE_S = 86_400;

/** For the list of cards: how old the oldest of what is known is; amber past 24 hours. */
export function statusAge(
  copies: readonly Copy[],
  lists: ReadonlyMap<string, StatusList>,
  now: number,
) {
  const ages = copies.flatMap(({ status }) => {
    const list = status && lists.get(status.uri);
    return status ? [list ? now - list.iat : Number.POSITIVE_INFINITY] : [];
  });
  const age = Math.max(0, ...ages);
  return { age, isStale: age > STALE_S };
}

/** Fetches every list that is due. One that does not come, or is not right, leaves the old one. */
export function refreshStatuses(opened: Opened, issuers: readonly TrustedIssuer[]): Flow {
  return flow(opened.world.now, rowOf, async function* (trace) {
    const kept = await keptLists(opened.store);
    const now = opened.world.now();
    const addresses = new Map<string, TrustedIssuer>();
    for (const { iss, status } of await copiesOf(opened)) {
      const issuer = issuers.find((one) => one.iss === iss);
      if (status && issuer && isOf(issuer, status.uri)) addresses.set(status.uri, issuer);
    }
    const changes: Change[] = [];
    for (const [uri, issuer] of addresses) {
      const known = kept.get(uri);
      if (known && now < known.iat + known.ttl) continue;
      const list = yield* fetchList(trace, opened, uri, issuer);
      if (list) changes.push({ table: "cache", key: PREFIX + uri, put: list });
    }
    yield* save(...changes);
    return { kind: "fresh" };
  });
}

/** Only lists at the issuer's own origin are its lists (CR30). */
function isOf({ iss }: TrustedIssuer, uri: string): boolean {
  return isSafeUrl(uri) && new URL(uri).origin === new URL(iss).origin;
}

async function* fetchList(
  trace: Trace,
  opened: Opened,
  uri: string,
  issuer: TrustedIssuer,
): Steps<StatusList | null> {
  const headers = { accept: "application/statuslist+jwt" };
  const answer = yield* send(trace, "status", { method: "GET", url: uri, headers });
  if (!isGood(answer)) return null;
  try {
    const want = { uri, keys: issuer.statusKeys, now: opened.world.now() };
    return await readStatusList(answer.body.trim(), want);
  } catch (thrown) {
    if (thrown instanceof Refusal) return null;
    throw thrown;
  }
}
