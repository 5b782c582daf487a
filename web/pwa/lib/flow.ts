// Flows written as generators: each `yield*` is a step out and what came of it back in.

import { Failed, type Failure } from "./failures.ts";
import type { Question, Reply } from "./questions.ts";
import { Refusal } from "./refusal.ts";
import type { Flow, HttpAnswer, HttpRequest, Input, Outcome, Step } from "./step.ts";
import type { Change } from "./store.ts";

export type Steps<T> = AsyncGenerator<Step, T, Input>;

/** What a flow notes on its way, for its details if it fails. */
export interface Trace {
  step: string;
  host?: string;
  status?: number;
  request?: string;
}

/** Which row a refusal's word belongs to in this flow. */
export type Rows = (word: string) => Failed["code"];

/** A generator as a value. What it throws as `Failed` or `Refusal` is its last step. */
export function flow(now: () => number, rows: Rows, body: (trace: Trace) => Steps<Outcome>): Flow {
  const trace: Trace = { step: "begin" };
  const steps = body(trace);
  let last: Step | null = null;
  return {
    next: async (input) => {
      if (last) return last;
      try {
        const { done, value } = await steps.next(input);
        if (done) last = { kind: "done", outcome: value };
        return done ? (last as Step) : value;
      } catch (thrown) {
        last = { kind: "failed", failure: failureOf(thrown, trace, now(), rows) };
        return last;
      }
    },
  };
}

function failureOf(thrown: unknown, trace: Trace, at: number, rows: Rows): Failure {
  if (thrown instanceof Failed) {
    const about = thrown.about === undefined ? {} : { about: thrown.about };
    return { ...trace, code: thrown.code, word: thrown.word, at, ...about };
  }
  if (thrown instanceof Refusal)
    return { ...trace, code: rows(thrown.word), word: thrown.word, at };
  throw thrown;
}

/** Sends, and gives the answer; no answer is F12. */
export async function* send(trace: Trace, step: string, request: HttpRequest): Steps<HttpAnswer> {
  trace.step = step;
  trace.host = new URL(request.url).host;
  delete trace.status;
  delete trace.request;
  const input = yield { kind: "send", request };
  if (input.kind === "unreachable") throw new Failed(12, "no-answer");
  if (input.kind !== "answer") throw new TypeError(`an answer was due, ${input.kind} came`);
  trace.status = input.answer.status;
  const id = input.answer.headers["request-id"];
  if (id !== undefined) trace.request = id;
  return input.answer;
}

/** Writes all or nothing; `false` where another tab moved a copy first. F16 and F17 where it cannot. */
export async function* save(...changes: Change[]): Steps<boolean> {
  if (changes.length === 0) return true;
  const input = yield { kind: "save", changes };
  if (input.kind === "unsaved") {
    throw input.isFull ? new Failed(17, "storage-full") : new Failed(16, "storage-refused");
  }
  if (input.kind !== "saved") throw new TypeError(`a save was due, ${input.kind} came`);
  return input.ok;
}

type Answering<Q extends Question["ask"]> = Extract<Reply, { say: (typeof SAYS)[Q] | "no" }>;
const SAYS = { show: "show", take: "take", code: "code", wait: "go-on" } as const;

/** Asks; the reply is of the question's kind, or `no`. */
export async function* ask<Q extends Question>(question: Q): Steps<Answering<Q["ask"]>> {
  const input = yield { kind: "ask", question };
  if (input.kind !== "said") throw new TypeError(`a reply was due, ${input.kind} came`);
  const { reply } = input;
  if (reply.say !== "no" && reply.say !== SAYS[question.ask]) {
    throw new TypeError(`${reply.say} is no reply to ${question.ask}`);
  }
  return reply as Answering<Q["ask"]>;
}
