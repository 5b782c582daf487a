// The loop that drives a flow: sends by fetch, saves in the store, asks by the screen's function.

import type { Failure } from "./failures.ts";
import type { Question, Reply } from "./questions.ts";
import type { Flow, HttpAnswer, HttpRequest, Input, Outcome, Step } from "./step.ts";
import type { Change, Store } from "./store.ts";

export interface Driver {
  store: Store;
  /** `null` where no answer came. */
  send: (request: HttpRequest) => Promise<HttpAnswer | null>;
  ask: (question: Question) => Promise<Reply>;
  /** Sees each step and input; for recordings. */
  watch?: (step: Step, input: Input) => void;
}

export type End = { kind: "done"; outcome: Outcome } | { kind: "failed"; failure: Failure };

export async function drive(flow: Flow, driver: Driver): Promise<End> {
  let input: Input = { kind: "begin" };
  for (;;) {
    const step = await flow.next(input);
    driver.watch?.(step, input);
    switch (step.kind) {
      case "done":
      case "failed":
        return step;
      case "send": {
        const answer = await driver.send(step.request);
        input = answer ? { kind: "answer", answer } : { kind: "unreachable" };
        break;
      }
      case "save":
        input = await saved(driver.store, step.changes);
        break;
      case "ask":
        input = { kind: "said", reply: await driver.ask(step.question) };
        break;
    }
  }
}

async function saved(store: Store, changes: readonly Change[]): Promise<Input> {
  try {
    return { kind: "saved", ok: await store.write(changes) };
  } catch (thrown) {
    // The platform's own errors: its classes are not known everywhere, their names are.
    if (!(thrown instanceof Error)) throw thrown;
    return { kind: "unsaved", isFull: thrown.name === "QuotaExceededError" };
  }
}

/** Longest wait for an answer. */
const PATIENCE_MS = 30_000;
const MOST_ANSWER = 4 << 20;

/** Sends without cookies and follows no redirect; a redirect comes back as status 0. */
export function sendByFetch(fetcher: typeof fetch): Driver["send"] {
  return async ({ method, url, headers, body }) => {
    try {
      const response = await fetcher(url, {
        method,
        headers: { ...headers },
        ...(body === undefined ? {} : { body }),
        credentials: "omit",
        redirect: "manual",
        cache: "no-store",
        referrerPolicy: "no-referrer",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const isRedirect =
        response.type === "opaqueredirect" || Math.floor(response.status / 100) === 3;
      const text = isRedirect ? "" : await response.text();
      if (text.length > MOST_ANSWER) return null;
      const named = Object.fromEntries(response.headers);
      return { status: isRedirect ? 0 : response.status, headers: named, body: text };
    } catch {
      return null;
    }
  };
}
