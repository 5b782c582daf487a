// SD-JWT (RFC 9901): taking one apart, revealing what its disclosures say, and showing a part of it.

import { fromB64url } from "@resonate/lib/bytes";
import { digest } from "@resonate/lib/jws";
import { isObject, type Json, type JsonObject, parseJsonBytes } from "./json.ts";
import { Refusal } from "./refusal.ts";

const MOST = 65_536;
const MOST_DISCLOSURES = 256;
const MOST_DISCLOSURE = 8_192;

/** Claims that are always visible, with everything inside (SD-JWT VC section 3.2.2.2). */
const VISIBLE = ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"];

export interface Parts {
  /** The issuer's signed text. */
  jwt: string;
  /** As received; their bytes are what the digests are of. */
  disclosures: readonly string[];
  /** The key-binding token, where one came along. */
  binding: string | null;
  /** Everything before the key-binding token, with the last `~`. */
  bound: string;
}

/** Refusals: `malformed`, `too-large`. */
export function split(token: string): Parts {
  if (token.length > MOST) throw new Refusal("too-large");
  const parts = token.split("~");
  const jwt = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  const disclosures = parts.slice(1, -1);
  if (parts.length < 2 || jwt === "" || disclosures.includes("")) throw new Refusal("malformed");
  if (disclosures.length > MOST_DISCLOSURES) throw new Refusal("too-large");
  if (disclosures.some((text) => text.length > MOST_DISCLOSURE)) throw new Refusal("too-large");
  const bound = token.slice(0, token.length - last.length);
  return { jwt, disclosures, binding: last === "" ? null : last, bound };
}

export type Path = readonly (string | number)[];

/** A disclosure that was found in its place. */
export interface Placed {
  text: string;
  path: Path;
  /** Disclosures without which this one has no place, outermost first. */
  under: readonly string[];
}

export interface Revealed {
  /** The payload with everything disclosed in place, digests and decoys gone. */
  claims: JsonObject;
  placed: readonly Placed[];
}

/**
 * Puts the disclosures in their places. Refusals: `sd-alg`, `sd-shape`, `digest-twice`,
 * `disclosure-unreferenced`, `disclosure-shape`, `disclosure-name`, `claim-collision`,
 * `sd-forbidden`, and those of JSON.
 */
export async function reveal(
  payload: JsonObject,
  disclosures: readonly string[],
): Promise<Revealed> {
  const alg = payload._sd_alg;
  if (alg !== undefined && alg !== "sha-256") throw new Refusal("sd-alg");
  const open = new Map<string, { text: string; content: Json[] }>();
  for (const text of disclosures) {
    const bytes = fromB64url(text);
    if (!bytes) throw new Refusal("malformed");
    const content = parseJsonBytes(bytes);
    if (!Array.isArray(content)) throw new Refusal("disclosure-shape");
    const hash = await digest(text);
    if (open.has(hash)) throw new Refusal("disclosure-unreferenced");
    open.set(hash, { text, content });
  }
  const walk = new Walk(open);
  const claims = walk.object(payload, { path: [], under: [] });
  if (open.size > 0) throw new Refusal("disclosure-unreferenced");
  return { claims, placed: walk.placed };
}

interface Place {
  path: Path;
  under: readonly string[];
}

class Walk {
  readonly placed: Placed[] = [];
  readonly #open: Map<string, { text: string; content: Json[] }>;
  readonly #seen = new Set<string>();

  constructor(open: Map<string, { text: string; content: Json[] }>) {
    this.#open = open;
  }

  #any(value: Json, place: Place): Json {
    if (Array.isArray(value)) return this.#array(value, place);
    return isObject(value) ? this.object(value, place) : value;
  }

  object(from: JsonObject, place: Place): JsonObject {
    if (Object.hasOwn(from, "...")) throw new Refusal("sd-shape");
    if (place.path.length > 0 && Object.hasOwn(from, "_sd_alg")) throw new Refusal("sd-alg");
    const to: JsonObject = {};
    for (const [name, value] of Object.entries(from)) {
      if (name === "_sd" || name === "_sd_alg") continue;
      put(to, name, this.#any(value, { ...place, path: [...place.path, name] }));
    }
    for (const hash of this.#digests(from)) this.#named(to, hash, place);
    return to;
  }

  #digests(from: JsonObject): string[] {
    if (!Object.hasOwn(from, "_sd")) return [];
    const digests = from._sd;
    if (!Array.isArray(digests)) throw new Refusal("sd-shape");
    return digests.map((hash) => {
      if (typeof hash !== "string") throw new Refusal("sd-shape");
      return hash;
    });
  }

  #named(to: JsonObject, hash: string, place: Place): void {
    const found = this.#take(hash, place);
    if (!found) return;
    const [salt, name, value] = found.content;
    if (found.content.length !== 3 || typeof salt !== "string" || typeof name !== "string") {
      throw new Refusal("disclosure-shape");
    }
    if (name === "_sd" || name === "...") throw new Refusal("disclosure-name");
    if (Object.hasOwn(to, name)) throw new Refusal("claim-collision");
    const path = [...place.path, name];
    if (path.length === 1 && VISIBLE.includes(name)) throw new Refusal("sd-forbidden");
    put(to, name, this.#place(found.text, value ?? null, { path, under: place.under }));
  }

  #array(from: Json[], place: Place): Json[] {
    const to: Json[] = [];
    for (const item of from) {
      const path = [...place.path, to.length];
      if (!isObject(item) || !Object.hasOwn(item, "...")) {
        to.push(this.#any(item, { ...place, path }));
        continue;
      }
      const hash = item["..."];
      if (Object.keys(item).length !== 1 || typeof hash !== "string") throw new Refusal("sd-shape");
      const found = this.#take(hash, place);
      if (!found) continue;
      const [salt, value] = found.content;
      if (found.content.length !== 2 || typeof salt !== "string") {
        throw new Refusal("disclosure-shape");
      }
      to.push(this.#place(found.text, value ?? null, { path, under: place.under }));
    }
    return to;
  }

  /** Notes the digest and gives the disclosure it is of. */
  #take(hash: string, place: Place): { text: string; content: Json[] } | undefined {
    if (this.#seen.has(hash)) throw new Refusal("digest-twice");
    this.#seen.add(hash);
    // What is always visible cannot hold digests at all, disclosed or not.
    if (VISIBLE.includes(String(place.path[0]))) throw new Refusal("sd-forbidden");
    const found = this.#open.get(hash);
    this.#open.delete(hash);
    return found;
  }

  #place(text: string, value: Json, place: Place): Json {
    this.placed.push({ text, path: place.path, under: place.under });
    return this.#any(value, { path: place.path, under: [...place.under, text] });
  }
}

/** Plain data also where a claim is called `__proto__`. */
function put(to: JsonObject, name: string, value: Json): void {
  Object.defineProperty(to, name, { value, enumerable: true, writable: true, configurable: true });
}

/**
 * The card with exactly those disclosures that reveal the chosen paths, each with what it needs to
 * have a place, and nothing below it that was not chosen. Ends in `~`.
 */
export function discloseOnly(token: string, revealed: Revealed, chosen: readonly Path[]): string {
  const { jwt } = split(token);
  const wanted = new Set<string>();
  for (const { text, path, under } of revealed.placed) {
    if (chosen.some((one) => isWithin(path, one)))
      for (const one of [...under, text]) wanted.add(one);
  }
  const kept = split(token).disclosures.filter((text) => wanted.has(text));
  return `${[jwt, ...kept].join("~")}~`;
}

/** A place is shown where it is the chosen one, inside it, or on the way to it. */
function isWithin(path: Path, chosen: Path): boolean {
  const shorter = Math.min(path.length, chosen.length);
  return path.slice(0, shorter).every((part, i) => part === chosen[i]);
}

/**
 * Whether exactly the chosen part stands in `shown`, a presentation of the card `revealed`: looked at
 * by the letters of what would be sent, before it is.
 */
export function discloses(shown: string, revealed: Revealed, chosen: readonly Path[]): boolean {
  const sent = new Set(split(shown).disclosures);
  const isChosen = ({ path }: Placed) => chosen.some((one) => isWithin(path, one));
  const known = revealed.placed.filter(({ text }) => sent.has(text));
  return (
    known.length === sent.size &&
    revealed.placed.every((one) => sent.has(one.text) === isChosen(one))
  );
}
