// Names of one person that nothing links: each has its own keys, handle and cards. One is open at a
// time; only the switcher ever lists two together.

import { b64url } from "@resonate/lib/bytes";
import { thumbprint } from "@resonate/lib/jws";
import { member } from "./json.ts";
import { personaKey } from "./keys.ts";
import type { Opened } from "./opened.ts";
import type { Records } from "./records.ts";
import type { Change } from "./store.ts";
import type { Persona } from "./vault/body.ts";

/** All that are not gone, by their newest names. */
export function personas({ made, records }: Opened): Persona[] {
  return newestNames(made, records);
}

/** `made` are those in the vault's body; records rename them, end them and add others. */
export function newestNames(made: readonly Persona[], records: Records): Persona[] {
  const names = new Map(made.map(({ id, name }) => [id, name]));
  for (const rec of records.all()) {
    if (rec.kind !== "persona") continue;
    const name = member(rec.value, "name");
    if (rec.gone !== undefined) names.delete(rec.id);
    else if (typeof name === "string") names.set(rec.id, name);
  }
  return [...names].map(([id, name]) => ({ id, name }));
}

/** A new one; its record is its existence, on every device. */
export async function addPersona(
  opened: Opened,
  name: string,
): Promise<{ persona: Persona; change: Change }> {
  const id = b64url(opened.world.random(16));
  return { persona: { id, name }, change: await opened.records.put("persona", { name }, id) };
}

export function renamePersona(opened: Opened, id: string, name: string): Promise<Change> {
  return opened.records.put("persona", { name }, id);
}

/** The same wallet with another persona open. */
export function usePersona(opened: Opened, persona: Persona): Opened {
  return { ...opened, persona };
}

const MOST_OFFER_KEYS = 256;

/** Thumbprints of `count` new offer keys for a module, and the note of how many it has. */
export async function offerKeys(
  opened: Opened,
  iss: string,
  count: number,
): Promise<{ thumbprints: string[]; change: Change }> {
  const known = opened.records
    .of("offer-keys")
    .find(({ value }) => value.iss === iss && value.persona === opened.persona.id);
  const from = typeof known?.value.next === "number" ? known.value.next : 0;
  const thumbprints = [];
  for (let n = from; n < from + count; n++) thumbprints.push(await offerThumbprint(opened, iss, n));
  const value = { iss, persona: opened.persona.id, next: from + count };
  return { thumbprints, change: await opened.records.put("offer-keys", value, known?.id) };
}

async function offerThumbprint(
  opened: Opened,
  iss: string,
  n: number,
  persona = opened.persona.id,
) {
  const key = await personaKey(opened.seed, "offer", persona, `${iss}#${n}`);
  return thumbprint(key.jwk);
}

/** Whose offer key has that thumbprint: which persona's, and its context. `null` where none of ours. */
export async function findOfferKey(
  opened: Opened,
  jkt: string,
): Promise<{ persona: string; context: string } | null> {
  for (const { value } of opened.records.of("offer-keys")) {
    const { iss, persona, next } = value;
    if (typeof iss !== "string" || typeof persona !== "string" || typeof next !== "number")
      continue;
    // The newest first: an offer is mostly for one of the last keys given.
    for (let n = next - 1; n >= Math.max(0, next - MOST_OFFER_KEYS); n--) {
      if ((await offerThumbprint(opened, iss, n, persona)) === jkt) {
        return { persona, context: `${iss}#${n}` };
      }
    }
  }
  return null;
}
