// The query language of requests (OpenID4VP 1.0 section 6): read whole, unknown properties ignored.

import { hasFraction, isObject, type Json, type JsonObject, member } from "./json.ts";
import { Refusal } from "./refusal.ts";
import type { Path } from "./sdjwt.ts";

export type ClaimPath = readonly (string | number | null)[];

export interface ClaimQuery {
  id: string | null;
  path: ClaimPath;
  /** Wanted values; empty where any will do. */
  values: readonly Json[];
}

export interface CredentialQuery {
  id: string;
  format: string;
  vcts: readonly string[];
  claims: readonly ClaimQuery[];
  /** Alternatives, the verifier's preferred first; `null` where all claims are asked. */
  sets: readonly (readonly string[])[] | null;
}

export interface Query {
  credentials: readonly CredentialQuery[];
  sets: readonly { options: readonly (readonly string[])[]; required: boolean }[];
}

const MOST_CREDENTIALS = 16;
const MOST_CLAIMS = 64;
const ID = /^[A-Za-z0-9_-]+$/;
const refused = () => new Refusal("request-query");

/** Refusal: `request-query`. */
export function readQuery(value: Json): Query {
  const credentials = list(member(value, "credentials")).map(readCredential);
  if (credentials.length === 0 || credentials.length > MOST_CREDENTIALS) throw refused();
  const ids = new Set(credentials.map((one) => one.id));
  if (ids.size !== credentials.length) throw refused();
  const sets = optional(value, "credential_sets", (json) => {
    const all = list(json).map((set) => {
      const options = list(member(set, "options")).map(idList);
      const required = member(set, "required") ?? true;
      if (options.length === 0 || typeof required !== "boolean") throw refused();
      if (options.flat().some((id) => !ids.has(id))) throw refused();
      return { options, required };
    });
    if (all.length === 0) throw refused();
    return all;
  });
  return { credentials, sets: sets ?? [] };
}

function readCredential(json: Json): CredentialQuery {
  const [id, format] = [member(json, "id"), member(json, "format")];
  if (typeof id !== "string" || !ID.test(id) || typeof format !== "string") throw refused();
  const meta = member(json, "meta");
  if (!isObject(meta)) throw refused();
  const vcts = format === "dc+sd-jwt" ? texts(meta.vct_values) : [];
  const claims = optional(json, "claims", (inner) => list(inner).map(readClaim)) ?? [];
  if (claims.length > MOST_CLAIMS) throw refused();
  const ids = claims.flatMap((claim) => (claim.id === null ? [] : [claim.id]));
  if (new Set(ids).size !== ids.length) throw refused();
  const sets = optional(json, "claim_sets", (inner) => list(inner).map(idList));
  if (sets && (sets.length === 0 || sets.flat().some((one) => !ids.includes(one)))) throw refused();
  return { id, format, vcts, claims, sets };
}

function readClaim(json: Json): ClaimQuery {
  const id = member(json, "id") ?? null;
  if (id !== null && (typeof id !== "string" || !ID.test(id))) throw refused();
  const path = readPath(member(json, "path"));
  if (!path) throw refused();
  const values = optional(json, "values", list) ?? [];
  if (hasFraction(values) || values.some((one) => typeof one === "object")) throw refused();
  return { id, path, values };
}

/** `null` for what is no path: empty, a negative place, other kinds. */
export function readPath(json: Json | undefined): ClaimPath | null {
  if (!Array.isArray(json) || json.length === 0) return null;
  const isPart = (part: Json): part is string | number | null =>
    part === null ||
    typeof part === "string" ||
    (typeof part === "number" && Number.isSafeInteger(part) && part >= 0);
  return json.every(isPart) ? json : null;
}

/** Everything a path selects with its place, or `null` where it leads nowhere (section 7). */
export function select(path: ClaimPath, claims: Json): { at: Path; value: Json }[] | null {
  let here: { at: (string | number)[]; value: Json }[] = [{ at: [], value: claims }];
  for (const part of path) {
    const next: typeof here = [];
    for (const { at, value } of here) {
      if (typeof part === "string") {
        // An array of things in which some lack the name: those are left out.
        if (!isObject(value)) return null;
        const inner = member(value, part);
        if (inner !== undefined) next.push({ at: [...at, part], value: inner });
      } else if (!Array.isArray(value)) {
        return null;
      } else if (part === null) {
        next.push(...value.map((inner, i) => ({ at: [...at, i], value: inner })));
      } else {
        const inner = value[part];
        if (inner !== undefined) next.push({ at: [...at, part], value: inner });
      }
    }
    here = next;
    if (here.length === 0) return null;
  }
  return here;
}

/** The places a claim query selects in a card, or `null` where the card does not fit it. */
export function matches(claim: ClaimQuery, claims: JsonObject): { at: Path; value: Json }[] | null {
  const found = select(claim.path, claims);
  if (!found || claim.values.length === 0) return found;
  const fitting = found.filter(({ value }) => claim.values.some((wanted) => wanted === value));
  return fitting.length > 0 ? fitting : null;
}

/** What would be shown of a card for a query: the first alternative it can meet. */
export function choose(
  query: CredentialQuery,
  card: { vct: string; claims: JsonObject },
): { at: Path; value: Json }[] | null {
  if (query.format !== "dc+sd-jwt" || !query.vcts.includes(card.vct)) return null;
  const alternatives = query.sets
    ? query.sets.map((ids) => query.claims.filter((claim) => claim.id && ids.includes(claim.id)))
    : [query.claims];
  for (const claims of alternatives) {
    const found = claims.map((claim) => matches(claim, card.claims));
    if (found.every((places) => places !== null)) return found.flat();
  }
  return null;
}

/**
 * Which queries to answer, given those that can be: all where the request has no sets, else for each
 * set its first option that can be met. `null` where a required one cannot. The second list holds
 * those a person may leave out.
 */
export function plan(
  query: Query,
  canMeet: (id: string) => boolean,
): { needed: string[]; optional: string[] } | null {
  if (query.sets.length === 0) {
    const ids = query.credentials.map((one) => one.id);
    return ids.every(canMeet) ? { needed: ids, optional: [] } : null;
  }
  const [needed, more] = [new Set<string>(), new Set<string>()];
  for (const { options, required } of query.sets) {
    const option = options.find((ids) => ids.every(canMeet));
    if (!option && required) return null;
    for (const id of option ?? []) (required ? needed : more).add(id);
  }
  return { needed: [...needed], optional: [...more].filter((id) => !needed.has(id)) };
}

function list(json: Json | undefined): Json[] {
  if (!Array.isArray(json)) throw refused();
  return json;
}

function texts(json: Json | undefined): string[] {
  const all = list(json);
  if (all.length === 0 || !all.every((one) => typeof one === "string")) throw refused();
  return all;
}

function idList(json: Json): string[] {
  return texts(json);
}

function optional<T>(json: Json, name: string, read: (inner: Json) => T): T | null {
  const inner = member(json, name);
  return inner === undefined ? null : read(inner);
}
