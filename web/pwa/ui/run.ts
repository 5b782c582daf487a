// Driving a flow for the screens: its questions become the screen, its failure too. And whatever else
// may go wrong becomes one of the same failures.

import { drive } from "../lib/drive.ts";
import type { Failure, FailureCode } from "../lib/failures.ts";
import { Failed, rowOf } from "../lib/failures.ts";
import { Refusal } from "../lib/refusal.ts";
import type { Flow, Outcome } from "../lib/step.ts";
import { platformWorld, type World } from "../lib/world.ts";
import { readConfig, send, store } from "./platform.ts";
import * as state from "./state.ts";

/** A demo's clock can be moved: its servers on this machine say what time it is. */
let ahead = 0;
let asked = 0;
const AGAIN_MS = 30_000;
/** Past this a clock is wrong (F3). */
const MOST_OFF_S = 300;

const platform = platformWorld();
export const world: World = { ...platform, now: () => platform.now() + ahead };

/** Compares the clocks; between this machine's own servers theirs counts. */
export async function checkClock(): Promise<void> {
  if (Date.now() - asked < AGAIN_MS && asked !== 0) return;
  const now = await readConfig(true).then(
    (body) => body.now,
    () => null,
  );
  if (typeof now !== "number") return;
  asked = Date.now();
  const off = now - platform.now();
  if (location.hostname.endsWith(".localhost")) ahead = off;
  else if (Math.abs(off) > MOST_OFF_S) throw new Failed(3, "clock");
}

/** Runs a flow to its end. `null`: it failed, and the failure is on the screen, with `again` to retry. */
export async function run(
  make: () => Flow | Promise<Flow>,
  what: string,
  again: () => void,
): Promise<Outcome | null> {
  return guardedBy(again, what, async () => {
    await checkClock();
    const end = await drive(await make(), {
      store,
      send,
      ask: (question) =>
        new Promise((resolve) => {
          state.stage.value = "";
          const reply: state.Asking["reply"] = (given) => {
            state.asking.value = null;
            state.stage.value = what;
            resolve(given);
          };
          state.asking.value = { question, reply };
        }),
    });
    state.changed.value++;
    if (end.kind === "done") return end.outcome;
    fail(end.failure, again);
    return null;
  });
}

/** Does something that a person waits for; what it throws becomes a failure with **Try again**. */
export async function guardedBy<T>(
  again: () => void,
  what: string,
  act: () => Promise<T>,
): Promise<T | null> {
  state.failing.value = null;
  state.stage.value = what;
  try {
    return await act();
  } catch (thrown) {
    fail(failureOf(thrown), again);
    return null;
  } finally {
    state.stage.value = "";
    state.asking.value = null;
  }
}

export function fail(failure: Failure, again: () => void): void {
  state.failing.value = { failure, again };
}

/** A failure of a step that is no flow. */
export function failure(code: FailureCode, word: string, step: string): Failure {
  return { code, word, step, at: world.now() };
}

function failureOf(thrown: unknown): Failure {
  const step = "device";
  if (thrown instanceof Failed) return failure(thrown.code, thrown.word, step);
  if (thrown instanceof Refusal) return failure(wordRow(thrown.word), thrown.word, step);
  const name = thrown instanceof Error ? thrown.name : "";
  // What the platform calls a touch that was cancelled, timed out, or of a passkey that is not there.
  if (["NotAllowedError", "AbortError", "InvalidStateError"].includes(name)) {
    return failure(14, "passkey", step);
  }
  if (name === "QuotaExceededError") return failure(17, "storage-full", step);
  if (["UnknownError", "SecurityError", "NotFoundError", "InvalidAccessError"].includes(name)) {
    return failure(16, "storage", step);
  }
  if (name === "TypeError" && !navigator.onLine) return failure(12, "offline", step);
  throw thrown;
}

/** A way in that opens nothing is the person's to mend; all else about a vault is F18. */
function wordRow(word: string): FailureCode {
  if (word === "vault-way") return 14;
  if (word === "store-corrupt") return 16;
  return rowOf(word);
}
