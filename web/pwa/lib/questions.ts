// What a person is asked, as data for a screen, and what they may say.

import type { FailureCode } from "./failures.ts";
import type { Json } from "./json.ts";
import type { Transaction } from "./transaction.ts";

/** One fact a verifier asks for. Its switch is off until the person turns it on. */
export interface Fact {
  /** Names the fact in the reply. */
  key: string;
  /** The claim's name; the screen has words for the names of the co-op's own cards. */
  name: string;
  value: Json;
  /** Asked now and not at the last visit. */
  isNew: boolean;
}

/** One card of the answer and what would be shown of it. */
export interface CardAsked {
  /** The request's name for it. */
  id: string;
  vct: string;
  facts: readonly Fact[];
}

/** Who asks. The name comes from the certificate or the trust list, on loopback it is the host. */
export interface Verifier {
  name: string;
  origin: string;
  proof: "certificate" | "list" | "loopback";
  isFirstTime: boolean;
}

export type Question =
  | {
      ask: "show";
      verifier: Verifier;
      /** A fixed word of the verifier's table of purposes, where a signed request names one. */
      purpose: string | null;
      /** An app for which the co-op asks, by its registered name. */
      askedFor: string | null;
      /** `show` facts, or sign `pay`, `mandate`, `payout` along with them. */
      act: "show" | "pay" | "mandate" | "payout";
      cards: readonly CardAsked[];
      signs: readonly Transaction[];
      /** The request came from another screen; the reply names the number shown there. */
      otherDevice: boolean;
      /** A new touch of the passkey is needed: the reply carries proof of it. */
      isGuarded: boolean;
      /** Seconds since 1970; afterwards the verifier no longer listens. */
      until: number | null;
    }
  | {
      ask: "take";
      issuer: string;
      isFirstTime: boolean;
      configuration: string;
      vct: string;
      copies: number;
      /** Names of the facts the card will hold. */
      facts: readonly string[];
      /** Seconds since 1970, or `null` where the issuer sets it. */
      until: number | null;
    }
  /** The code a desk gave (OpenID4VCI 1.0 section 4.1.1). `left` is what is known of tries left. */
  | { ask: "code"; text: string; length: number | null; digits: boolean; left: number | null }
  /** Try again after so many seconds; the person may stop waiting. */
  | { ask: "wait"; seconds: number; why: FailureCode };

export type Reply =
  /** `on` names the facts switched on, by card. `number` is typed from the other screen. */
  | {
      say: "show";
      on: Readonly<Record<string, readonly string[]>>;
      number?: string;
      /** From `Opened.guard`, made by a new touch; good for this one act. */
      guard?: Guard;
    }
  | { say: "take" }
  | { say: "code"; code: string }
  | { say: "go-on" }
  | { say: "no" };

/** That the root of this vault was opened for one act. */
export interface Guard {
  vaultId: string;
  /** Seconds since 1970. */
  at: number;
}
