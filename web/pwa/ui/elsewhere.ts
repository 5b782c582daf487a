// The vault in the store of the wallet's own origin, and what is fetched beside: it sees ciphertext.

import type { Bytes } from "@resonate/lib/bytes";
import { isRecord } from "@resonate/lib/json";
import { solve } from "@resonate/lib/work";
import { drive } from "../lib/drive.ts";
import { Failed } from "../lib/failures.ts";
import { isObject, parseJson } from "../lib/json.ts";
import type { Opened } from "../lib/opened.ts";
import { refreshStatuses } from "../lib/statuses.ts";
import type { Flow, HttpRequest } from "../lib/step.ts";
import { findVault, lastStored, noteReader, storeFirst, sync } from "../lib/sync.ts";
import { issuerOf } from "../lib/trust.ts";
import type { VaultDocument } from "../lib/vault/document.ts";
import { openDay } from "../lib/vault/open.ts";
import { policy } from "./flows.ts";
import { send, store } from "./platform.ts";
import { world } from "./run.ts";

const origin = location.origin;
const MOST_BITS = 24;

export async function keepReader(opened: Opened, readToken: Bytes): Promise<void> {
  await store.write([await noteReader(opened, readToken)]);
}

/** What the vault brought from other devices becomes this device's own. */
export async function takeOver(opened: Opened, document: VaultDocument): Promise<void> {
  const { records } = await openDay(document, opened.day);
  await store.write(await Promise.all(records.map((rec) => opened.records.take(rec))));
}

/** The vault that a passkey's user handle names. */
export async function fetchByToken(found: {
  vaultId: string;
  readToken: Bytes;
}): Promise<VaultDocument> {
  const { vaultId, readToken: token } = found;
  const flow = findVault(world.now, { origin, vaultId, token });
  const end = await drive(flow, { store, send, ask: async () => ({ say: "no" }) });
  if (end.kind === "failed") throw new Failed(end.failure.code, end.failure.word);
  const document = flow.found();
  if (!document) throw new Failed(18, "vault-none");
  return document;
}

/** In the background: nobody waits for it and nobody is asked. `false`: it did not come to its end. */
async function quietly(flow: Flow): Promise<boolean> {
  const end = await drive(flow, { store, send, ask: async () => ({ say: "no" }) });
  return end.kind === "done";
}

let saving: Promise<boolean> | null = null;

/** Saves the vault elsewhere, or takes from there what other devices wrote. One at a time. */
export async function save(opened: Opened): Promise<boolean> {
  await saving?.catch(() => undefined);
  saving = saveOnce(opened).catch(() => false);
  return saving;
}

async function saveOnce(opened: Opened): Promise<boolean> {
  if ((await lastStored(opened)).at > 0) return quietly(sync(opened, { origin }));
  // A vault that came from elsewhere is there already.
  if ((await store.get("meta", "came")) === true) return quietly(sync(opened, { origin }));
  return quietly(storeFirst(opened, { origin, work: await work() }));
}

async function work(): Promise<string> {
  const url = `${origin}/vault/challenge`;
  const answer = await send({ method: "GET", url, headers: { accept: "application/json" } });
  const body: unknown = answer?.status === 200 ? parseJson(answer.body) : null;
  if (!isRecord(body)) throw new Failed(22, "challenge");
  const { challenge, bits } = body;
  if (typeof challenge !== "string" || typeof bits !== "number" || bits > MOST_BITS) {
    throw new Failed(22, "challenge");
  }
  const breathe = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
  return `pow:${challenge}:${await solve(challenge, bits, breathe)}`;
}

/** Lists of withdrawn cards, all at once, so that the time of asking tells nothing. */
export async function freshen(opened: Opened): Promise<void> {
  const { issuer } = policy();
  const request: HttpRequest = {
    method: "GET",
    url: `${issuer}/.well-known/jwt-vc-issuer`,
    headers: { accept: "application/json" },
  };
  const answer = await send(request);
  const metadata = answer?.status === 200 ? parseJson(answer.body) : null;
  if (isObject(metadata ?? undefined) && metadata !== null) {
    await quietly(refreshStatuses(opened, [issuerOf(metadata, issuer)]));
  }
}

/** Ends this wallet's own logins at the issuer (RFC 7009), as far as it can be reached. */
export async function signOut(opened: Opened): Promise<void> {
  const { issuer } = policy();
  const logins = [...opened.records.of("login"), ...opened.records.of("renewal")];
  const tokens = logins.flatMap(({ value }) =>
    typeof value.refresh === "string" ? [value.refresh] : [],
  );
  await Promise.all(
    tokens.map((token) =>
      send({
        method: "POST",
        url: `${issuer}/revoke`,
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: String(new URLSearchParams({ client_id: "resonate-wallet", token })),
      }),
    ),
  );
}
