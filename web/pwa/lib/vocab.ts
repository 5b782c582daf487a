// The co-op's own cards, as a wallet knows them without asking anyone: which facts they hold and who
// may be shown which. Type metadata is bundled here and never fetched while something is shown.

/** Who may be shown a fact. */
export type Sight = "anyone" | "issuer" | "listen";

export interface CardType {
  name: string;
  /** Facts, in the order a screen lists them. Words: `card-<name>` and `fact-<fact>`. */
  facts: readonly string[];
  /** Copies in a batch. */
  copies: number;
  /** Whether a withdrawal would be published. */
  hasStatus: boolean;
}

const TYPES: readonly CardType[] = [
  {
    name: "listener",
    facts: ["handle", "account", "listener", "tier", "locale", "age_over_16", "joined_quarter"],
    copies: 20,
    hasStatus: false,
  },
  {
    name: "member",
    facts: [
      "good_standing",
      "standing",
      "share_classes",
      "primary_class",
      "voting",
      "kind",
      "age_over_16",
      "member_since_year",
      "shares_balance",
      "member_no",
    ],
    copies: 10,
    hasStatus: true,
  },
  {
    name: "volunteer",
    facts: ["roles", "capabilities", "hours_band", "disclaimer_year", "holder_ref"],
    copies: 5,
    hasStatus: true,
  },
  {
    name: "music-maker",
    facts: ["artist_id", "roles", "payout_verified", "qualifying_track", "label", "isni", "ipi"],
    copies: 5,
    hasStatus: true,
  },
  {
    name: "receipt",
    facts: ["work", "artist_id", "how", "acquired_day", "price_ucr", "licence"],
    copies: 3,
    hasStatus: true,
  },
];

/** Facts that name a person lastingly, and the one place each was made for. */
const KEPT: Readonly<Record<string, Sight>> = {
  account: "issuer",
  member_no: "issuer",
  holder_ref: "issuer",
  listener: "listen",
};

/** The co-op's type behind a `vct` of that issuer. */
export function typeOf(iss: string, vct: string): CardType | null {
  return TYPES.find((type) => vct.startsWith(`${iss}/vct/${type.name}/`)) ?? null;
}

/** The types an issuer of the co-op may issue, at version 1. */
export function vctsOf(iss: string): string[] {
  return TYPES.map(({ name }) => `${iss}/vct/${name}/1`);
}

export function needsStatus(iss: string, vct: string): boolean {
  return typeOf(iss, vct)?.hasStatus ?? false;
}

/**
 * Whether `verifier` (an origin) may be shown a fact of a card by `iss`. `listener` was made for the
 * listen origin; the issuer, which made it, may ask for it where it verifies for that origin.
 */
export function mayBeShown(
  fact: string,
  { verifier, iss, listen }: { verifier: string; iss: string; listen: string },
): boolean {
  const sight = KEPT[fact] ?? "anyone";
  if (sight === "anyone") return true;
  return verifier === new URL(iss).origin || (sight === "listen" && verifier === listen);
}
