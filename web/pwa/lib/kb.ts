// Key binding (RFC 9901 section 4.3): who holds the card, for which request, over which part of it.

import { digest, signJws, thumbprint } from "@resonate/lib/jws";
import type { KeyPair, PublicJwk } from "@resonate/lib/platform/webcrypto";
import { type Card, type CardWant, verifyCard } from "./card.ts";
import { isSignedBy, readJws } from "./jose.ts";
import { canonical, type Json } from "./json.ts";
import { Refusal } from "./refusal.ts";
import { discloseOnly, type Path } from "./sdjwt.ts";
import { hashes } from "./transaction.ts";

export interface Binding {
  /** The verifier's client id as the request sent it. */
  aud: string;
  nonce: string;
  /** Texts signed along, as sent. */
  signs: readonly string[];
}

const OLDEST_S = 300;
const AHEAD_S = 60;

/** The chosen part of a card with a key-binding token by its key. */
export async function bind(
  card: Pick<Card, "parts" | "revealed">,
  chosen: readonly Path[],
  key: KeyPair,
  { aud, nonce, signs, now }: Binding & { now: number },
): Promise<string> {
  const part = discloseOnly(card.parts.bound, card.revealed, chosen);
  const claims: Record<string, unknown> = { iat: now, aud, nonce, sd_hash: await digest(part) };
  if (signs.length > 0) {
    claims.transaction_data_hashes = await hashes(signs);
    claims.transaction_data_hashes_alg = "sha-256";
  }
  return part + (await signJws(key, { typ: "kb+jwt" }, claims));
}

/** A presentation as a verifier reads it: words of CR1 to CR28 and CR40. */
export async function verifyPresentation(token: string, want: CardWant & Binding): Promise<Card> {
  const card = await verifyCard(token, want);
  const { binding, bound } = card.parts;
  if (binding === null) throw new Refusal("kb-missing");
  const { claims } = await boundBy(binding, card.cnf);
  if (claims.aud !== want.aud) throw new Refusal("kb-aud");
  if (claims.nonce !== want.nonce) throw new Refusal("kb-nonce");
  const { iat } = claims;
  if (typeof iat !== "number" || iat < want.now - OLDEST_S || iat > want.now + AHEAD_S) {
    throw new Refusal("kb-iat");
  }
  if (claims.sd_hash !== (await digest(bound))) throw new Refusal("kb-sd-hash");
  await checkSigned(claims, want.signs);
  return card;
}

async function boundBy(binding: string, cnf: PublicJwk) {
  const jws = readJws(binding);
  if (jws.header.typ !== "kb+jwt") throw new Refusal("kb-typ");
  if (jws.header.alg !== "ES256") throw new Refusal("kb-alg");
  if (!(await isSignedBy(jws, cnf))) throw new Refusal("kb-signature");
  return jws;
}

async function checkSigned(claims: Record<string, Json>, signs: readonly string[]): Promise<void> {
  if (signs.length === 0) return;
  const same = canonical(claims.transaction_data_hashes ?? null) === canonical(await hashes(signs));
  if (!same || claims.transaction_data_hashes_alg !== "sha-256") {
    throw new Refusal("transaction-data");
  }
}

/** Whether a card is bound to that key, by thumbprint: other members do not count. */
export async function isBoundTo(card: Card, key: PublicJwk): Promise<boolean> {
  return (await thumbprint(card.cnf)) === (await thumbprint(key));
}
