// What could be shown for a request: which cards, which facts, and whether this verifier may see them.

import type { Copy } from "./copies.ts";
import { isUsable } from "./copies.ts";
import { type CredentialQuery, choose, plan, type Query } from "./dcql.ts";
import { Failed } from "./failures.ts";
import type { Json } from "./json.ts";
import type { CardAsked } from "./questions.ts";
import type { Path } from "./sdjwt.ts";
import type { Policy } from "./trust.ts";
import { mayBeShown } from "./vocab.ts";

/** One card of a possible answer. */
export interface Choice {
  iss: string;
  id: string;
  vct: string;
  /** Whether the verifier needs it, or the person may leave it out. */
  isNeeded: boolean;
  facts: readonly { key: string; at: Path; value: Json; name: string }[];
}

/** A fact's name in replies: its place as text. */
export function factKey(at: Path): string {
  return JSON.stringify(at);
}

/**
 * What would be shown, without touching anything. F8 where no card fits, F9 where copies of it are
 * used up or withdrawn, F10 where a fact is for another place alone.
 */
export function choicesFor(
  query: Query,
  held: readonly Copy[],
  {
    origin,
    policy,
    now,
    isRevoked,
  }: { origin: string; policy: Policy; now: number; isRevoked: (copy: Copy) => boolean },
): Choice[] {
  const best = new Map<string, Choice>();
  for (const credential of query.credentials) {
    const choice = choiceOf(
      credential,
      held.filter((copy) => isUsable(copy, now) && !isRevoked(copy)),
    );
    if (choice) best.set(credential.id, choice);
  }
  const planned = plan(query, (id) => best.has(id));
  if (!planned) throw missing(query, held, { now, isRevoked });
  const [needed, all] = [new Set(planned.needed), [...planned.needed, ...planned.optional]];
  const choices = all.flatMap((id) => {
    const choice = best.get(id);
    return choice ? [{ ...choice, isNeeded: needed.has(id) }] : [];
  });
  for (const { facts, iss } of choices) {
    const refused = facts.find(
      ({ name }) => !mayBeShown(name, { verifier: origin, iss, listen: policy.listen }),
    );
    if (refused) throw new Failed(10, "not-for-them", refused.name);
  }
  return choices;
}

function choiceOf(credential: CredentialQuery, usable: readonly Copy[]): Choice | null {
  for (const copy of usable) {
    const places = choose(credential, copy);
    if (!places) continue;
    const facts = places.map(({ at, value }) => ({
      key: factKey(at),
      at,
      value,
      name: String(at[0]),
    }));
    return { id: credential.id, vct: copy.vct, iss: copy.iss, isNeeded: true, facts };
  }
  return null;
}

/** Which of the two it is: no such card at all, or none left of it. */
function missing(
  { credentials }: Query,
  held: readonly Copy[],
  { now, isRevoked }: { now: number; isRevoked: (copy: Copy) => boolean },
): Failed {
  for (const credential of credentials) {
    const ofType = held.filter((copy) => credential.vcts.includes(copy.vct));
    const about = ofType[0]?.vct ?? credential.vcts[0];
    if (ofType.length > 0 && ofType.every(isRevoked)) return new Failed(9, "revoked", about);
    if (ofType.length > 0 && !ofType.some((copy) => isUsable(copy, now))) {
      return new Failed(9, "no-copy-left", about);
    }
    if (ofType.length === 0 || !ofType.some((copy) => choose(credential, copy))) {
      return new Failed(8, "no-card", about);
    }
  }
  return new Failed(8, "no-card");
}

/** For the screen: every switch off, facts never shown to this origin marked. */
export function asked(choices: readonly Choice[], known: ReadonlySet<string> | null): CardAsked[] {
  return choices.map(({ id, vct, facts }) => ({
    id,
    vct,
    facts: facts.map(({ key, name, value }) => ({
      key,
      name,
      value,
      isNew: known !== null && !known.has(name),
    })),
  }));
}

/** The part of each card that was switched on; cards of which nothing is shown are left out. */
export function switchedOn(
  choices: readonly Choice[],
  on: Readonly<Record<string, readonly string[]>>,
): { choice: Choice; paths: Path[] }[] {
  return choices.flatMap((choice) => {
    const keys = on[choice.id] ?? [];
    const paths = choice.facts.filter(({ key }) => keys.includes(key)).map(({ at }) => at);
    // A card that is asked for without facts is shown as such: that one holds it.
    const isBare = choice.facts.length === 0 && choice.isNeeded;
    return paths.length > 0 || isBare ? [{ choice, paths }] : [];
  });
}
