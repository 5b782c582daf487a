// A flow is a value: give it what came, get what to do next. It opens no socket, reads no clock and
// shows nothing, so a recorded run can be played again anywhere.

import type { Failure } from "./failures.ts";
import type { Question, Reply } from "./questions.ts";
import type { Change } from "./store.ts";

export interface HttpRequest {
  method: "GET" | "POST" | "PUT" | "DELETE";
  url: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body?: string;
}

export interface HttpAnswer {
  /** 0 for a redirect that was not followed. */
  status: number;
  /** Names in lower case; those the server lets a foreign page read. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What the driver does next. */
export type Step =
  /** Send without cookies, follow no redirect, come back with `answer` or `unreachable`. */
  | { kind: "send"; request: HttpRequest }
  /** Ask the person, come back with `said`. */
  | { kind: "ask"; question: Question }
  /** Write all or nothing, durably, before coming back with `saved`. */
  | { kind: "save"; changes: readonly Change[] }
  | { kind: "done"; outcome: Outcome }
  | { kind: "failed"; failure: Failure };

/** What came of the last step. */
export type Input =
  | { kind: "begin" }
  | { kind: "answer"; answer: HttpAnswer }
  | { kind: "unreachable" }
  /** `ok` is false where a copy's state was no longer the expected one: another tab was faster. */
  | { kind: "saved"; ok: boolean }
  /** Nothing was written: the disk is full, or the browser refused. */
  | { kind: "unsaved"; isFull: boolean }
  | { kind: "said"; reply: Reply };

/** How a flow ended well. */
export type Outcome =
  /** Leave this page for `url`. Where a flow goes on afterwards, it is in the outbox. */
  | { kind: "go"; url: string }
  /** Cards are stored. `go` is where the person came from. */
  | { kind: "received"; vct: string; copies: number; go: string | null }
  /** The issuer is deciding; ask again at `again` (seconds since 1970). */
  | { kind: "deferred"; again: number }
  /** The answer was taken. `go` leads back, or is `null` where another device goes on by itself. */
  | { kind: "shown"; go: string | null }
  /** The person said no, and the verifier was told. */
  | { kind: "declined"; go: string | null }
  /** The vault is stored elsewhere at this version. */
  | { kind: "stored"; version: number }
  /** Tables are up to date. */
  | { kind: "fresh" };

export interface Flow {
  /** The first call takes `{ kind: "begin" }`; after `done` or `failed` it answers the same again. */
  next: (input: Input) => Promise<Step>;
}
