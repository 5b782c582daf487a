// The 22 ways it can go wrong, each with whose side it is on and what a person can do. The words
// stand in `words/wallet.*.ftl` under `f-<n>-cause`, `f-<n>-kept` and `f-<n>-next`.

export type FailureCode =
  | 1
  | 2
  | 3
  | 4
  | 5
  | 6
  | 7
  | 8
  | 9
  | 10
  | 11
  | 12
  | 13
  | 14
  | 15
  | 16
  | 17
  | 18
  | 19
  | 20
  | 21
  | 22;

/** Whose side the cause is on; words under `f-side-<side>`. */
export type Side = "app" | "time" | "you" | "co-op" | "nobody" | "network" | "device" | "issuer";

/** What the screen offers; words under `f-act-<act>`. */
export type Act =
  | "again"
  | "back"
  | "copy-details"
  | "switch-persona"
  | "type-again"
  | "get-card"
  | "refill"
  | "other-way-in"
  | "use-passphrase"
  | "open-again"
  | "free-space"
  | "older-copy"
  | "paste-link"
  | "keep-old"
  | "wait"
  | "stop-waiting";

export interface Kind {
  side: Side;
  /** The first is the main button. `copy-details` is on every screen beside them. */
  acts: readonly Act[];
  /** Trying the same again, unchanged, can help. */
  canRepeat: boolean;
}

const kind = (side: Side, canRepeat: boolean, ...acts: Act[]): Kind => ({ side, acts, canRepeat });

export const FAILURES: Readonly<Record<FailureCode, Kind>> = {
  1: kind("app", false, "back"),
  2: kind("time", false, "back"),
  3: kind("you", true, "again"),
  4: kind("you", true, "switch-persona", "back"),
  5: kind("co-op", true, "wait", "stop-waiting"),
  6: kind("co-op", false, "back"),
  7: kind("you", true, "type-again", "back"),
  8: kind("nobody", false, "get-card", "back"),
  9: kind("co-op", true, "refill", "back"),
  10: kind("app", false, "back"),
  11: kind("app", true, "again", "back"),
  12: kind("network", true, "again", "back"),
  13: kind("you", false, "back"),
  14: kind("you", true, "again", "other-way-in"),
  15: kind("device", false, "use-passphrase"),
  16: kind("device", true, "open-again"),
  17: kind("device", true, "free-space", "again"),
  18: kind("co-op", false, "older-copy", "other-way-in"),
  19: kind("issuer", false, "back"),
  20: kind("you", true, "paste-link", "again"),
  21: kind("co-op", false, "keep-old"),
  22: kind("co-op", true, "wait", "stop-waiting"),
};

/** One failure as it happened. Nothing in it names a person, a card's value, a key or a nonce. */
export interface Failure {
  code: FailureCode;
  /** The reason, a fixed word: `request-nonce`, `invalid_grant`, `vault-older`. */
  word: string;
  /** Where in the flow, a fixed word: `par`, `token`, `credential`, `request`, `answer`. */
  step: string;
  /** Seconds since 1970. */
  at: number;
  /** Of the other side; no path. */
  host?: string;
  /** Last HTTP status. */
  status?: number;
  /** The server's `Request-Id`. */
  request?: string;
  /** For the screen: the missing card's type (8), seconds to wait (22), tries left (7). */
  about?: string;
}

/** Thrown inside a flow; the flow turns it into its last step. */
export class Failed extends Error {
  readonly code: FailureCode;
  readonly word: string;
  readonly about: string | undefined;
  constructor(code: FailureCode, word: string, about?: string) {
    super(word);
    this.name = "Failed";
    this.code = code;
    this.word = word;
    this.about = about;
  }
}

const FIXED_WORD = /^[A-Za-z][A-Za-z_-]{0,47}$/;
const HOST = /^[a-z0-9.-]{1,253}(:[0-9]{1,5})?$/;
const REQUEST_ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * What **Copy details** copies. Words of the other side are let through only where they look like
 * fixed words, so that nothing it sends can carry a handle or a card's value along.
 */
export function details(failure: Failure, release: string): string {
  const plain = (text: string | undefined, form: RegExp) =>
    text !== undefined && form.test(text) ? text : null;
  const lines: [string, string | null][] = [
    ["wallet", plain(release, /^[A-Za-z0-9.+-]{1,80}$/)],
    ["code", `F${failure.code}`],
    ["reason", plain(failure.word, FIXED_WORD)],
    ["step", plain(failure.step, FIXED_WORD)],
    ["host", plain(failure.host, HOST)],
    ["minute", `${new Date(failure.at * 1000).toISOString().slice(0, 16)}Z`],
    ["request", plain(failure.request, REQUEST_ID)],
    ["status", failure.status === undefined ? null : String(failure.status)],
  ];
  return lines.flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`])).join("\n");
}

/** The row of the table a refusal's word belongs to. */
export function rowOf(word: string): FailureCode {
  if (word === "request-time") return 2;
  if (word.startsWith("request-")) return 1;
  if (word.startsWith("vault-")) return 18;
  if (word.startsWith("store-")) return 16;
  if (word.startsWith("status-") || word === "revoked" || word === "expired") return 9;
  if (word === "not-for-them") return 10;
  return 19;
}
