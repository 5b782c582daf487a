// What a person signs along with a card (OpenID4VP 1.0 section 8.4). Three types; a member too many
// or too few refuses the request: what cannot be shown is not signed.

import { fromB64url } from "@resonate/lib/bytes";
import { digest } from "@resonate/lib/jws";
import { isObject, type JsonObject, parseJsonBytes } from "./json.ts";
import { Refusal } from "./refusal.ts";

/** Amounts are whole minor units as text, as they are signed. */
export type Transaction =
  | {
      type: "payment";
      id: string;
      amount: string;
      asset: string;
      payee: string;
      purpose: string;
      exp: number;
    }
  | {
      type: "mandate";
      id: string;
      jkt: string;
      maxPlay: string;
      maxTotal: string;
      days: number;
      exp: number;
    }
  | { type: "payout"; id: string; accountHash: string; exp: number };

/** A transaction and the names of the cards that may carry it. */
export interface ToSign {
  transaction: Transaction;
  cards: readonly string[];
  /** The string as sent: what is hashed. */
  text: string;
  /** The hash's name must be repeated in the answer. */
  namesHash: boolean;
}

type Form = "text" | "amount" | "count";
const COMMON = ["type", "credential_ids", "transaction_data_hashes_alg", "id", "exp"];
const MEMBERS: Readonly<Record<string, Readonly<Record<string, Form>>>> = {
  "urn:resonate:td:payment:1": { amount: "amount", asset: "text", payee: "text", purpose: "text" },
  "urn:resonate:td:mandate:1": {
    jkt: "text",
    max_play: "amount",
    max_total: "amount",
    days: "count",
  },
  "urn:resonate:td:payout:1": { account_hash: "text" },
};

const refused = () => new Refusal("request-transaction-data");

/** Refusal: `request-transaction-data`. */
export function readTransaction(text: string): ToSign {
  const bytes = fromB64url(text);
  if (!bytes) throw refused();
  let value: unknown;
  try {
    value = parseJsonBytes(bytes);
  } catch {
    throw refused();
  }
  const wire = value as JsonObject;
  if (!isObject(wire)) throw refused();
  const members = MEMBERS[String(wire.type)];
  if (!members) throw refused();
  const allowed = new Set([...COMMON, ...Object.keys(members)]);
  const names = Object.keys(wire);
  if (names.length !== allowed.size || names.some((name) => !allowed.has(name))) throw refused();
  for (const [name, form] of Object.entries(members)) if (!fits(wire[name], form)) throw refused();
  const { credential_ids, transaction_data_hashes_alg, id, exp } = wire;
  if (!isTexts(credential_ids) || credential_ids.length === 0) throw refused();
  if (!isTexts(transaction_data_hashes_alg)) throw refused();
  if (!transaction_data_hashes_alg.includes("sha-256")) throw refused();
  if (typeof id !== "string" || !Number.isSafeInteger(exp)) throw refused();
  return { transaction: named(wire), cards: credential_ids, text, namesHash: true };
}

/** What stands in the key-binding token. */
export async function hashes(texts: readonly string[]): Promise<string[]> {
  return Promise.all(texts.map(digest));
}

function named(wire: JsonObject): Transaction {
  const text = (name: string) => String(wire[name]);
  const [id, exp] = [text("id"), Number(wire.exp)];
  if (wire.type === "urn:resonate:td:payment:1") {
    const [amount, asset] = [text("amount"), text("asset")];
    return {
      type: "payment",
      id,
      amount,
      asset,
      payee: text("payee"),
      purpose: text("purpose"),
      exp,
    };
  }
  if (wire.type === "urn:resonate:td:mandate:1") {
    const [maxPlay, maxTotal] = [text("max_play"), text("max_total")];
    return {
      type: "mandate",
      id,
      jkt: text("jkt"),
      maxPlay,
      maxTotal,
      days: Number(wire.days),
      exp,
    };
  }
  return { type: "payout", id, accountHash: text("account_hash"), exp };
}

function fits(value: unknown, form: Form): boolean {
  if (form === "count") return Number.isSafeInteger(value) && Number(value) >= 0;
  if (typeof value !== "string") return false;
  return form === "text" || /^[1-9][0-9]{0,18}$/.test(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
