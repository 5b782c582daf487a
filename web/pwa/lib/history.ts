// What was shown to whom: written before anything is sent, completed when the answer is known.

import { b64url } from "@resonate/lib/bytes";
import { isObject, type JsonObject, member } from "./json.ts";
import type { Opened } from "./opened.ts";
import type { Change } from "./store.ts";
import type { Rec } from "./vault/body.ts";

/** `sent` is written first and stays where the process ended in between. */
export type DisclosureEnd = "sent" | "accepted" | "refused" | "unknown";

export interface Disclosure {
  id: string;
  /** Seconds since 1970. */
  at: number;
  persona: string;
  /** The verifier's origin, and its name as it was proven. */
  origin: string;
  name: string;
  /** Types of the cards; empty for a self-issued login. */
  cards: readonly string[];
  /** Names of the facts shown. */
  facts: readonly string[];
  /** Texts signed along, as sent. */
  signed: readonly string[];
  end: DisclosureEnd;
}

export async function begin(
  opened: Opened,
  shown: Omit<Disclosure, "id" | "at" | "persona" | "end">,
): Promise<{ disclosure: Disclosure; change: Change }> {
  const { world, persona } = opened;
  const id = b64url(world.random(16));
  const disclosure: Disclosure = {
    ...shown,
    id,
    at: world.now(),
    persona: persona.id,
    end: "sent",
  };
  return { disclosure, change: await write(opened, disclosure) };
}

export function end(opened: Opened, disclosure: Disclosure, how: DisclosureEnd): Promise<Change> {
  return write(opened, { ...disclosure, end: how });
}

function write(opened: Opened, disclosure: Disclosure): Promise<Change> {
  const { id, cards, facts, signed, ...rest } = disclosure;
  const value = { ...rest, cards: [...cards], facts: [...facts], signed: [...signed] };
  return opened.records.put("disclosure", value, id);
}

/** The open persona's, newest first. */
export function disclosures(opened: Opened): Disclosure[] {
  // Of one second the last written comes first.
  const written = [...opened.records.of("disclosure")].sort((a, b) => b.clock - a.clock);
  const all = written.flatMap((rec) => readDisclosure(rec) ?? []);
  return all.filter((one) => one.persona === opened.persona.id).sort((a, b) => b.at - a.at);
}

const ENDS: readonly string[] = ["sent", "accepted", "refused", "unknown"];

function readDisclosure({ id, value }: Rec): Disclosure | null {
  const { at, persona, origin, name, end: how } = value;
  if (typeof at !== "number" || typeof persona !== "string" || typeof origin !== "string")
    return null;
  if (typeof name !== "string" || typeof how !== "string" || !ENDS.includes(how)) return null;
  const lists = {
    cards: texts(value, "cards"),
    facts: texts(value, "facts"),
    signed: texts(value, "signed"),
  };
  return { id, at, persona, origin, name, end: how as DisclosureEnd, ...lists };
}

function texts(value: JsonObject, name: string): string[] {
  const list = isObject(value) ? member(value, name) : undefined;
  return Array.isArray(list) ? list.filter((one) => typeof one === "string") : [];
}

/** Facts this origin was shown before, by the open persona; `null` where it never asked. */
export function knownFacts(opened: Opened, origin: string): ReadonlySet<string> | null {
  const before = disclosures(opened).filter((one) => one.origin === origin);
  return before.length === 0 ? null : new Set(before.flatMap((one) => one.facts));
}
