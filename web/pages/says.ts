// The line under a form that says what happens and what went wrong. Typed input is never touched.

import { type Problem, Refused } from "@resonate/lib/problem";
import type { Words } from "@resonate/lib/words";
import { say } from "./words.ts";

export interface Says {
  working: (key: string) => void;
  failed: (error: unknown) => void;
}

/** Uses the page's own status line, or adds one after `form`. `words`: what else the page can say. */
export function saysOf(form: HTMLElement, id: string, words: Words = say): Says {
  const line = document.getElementById(id) ?? form.appendChild(document.createElement("p"));
  line.setAttribute("role", "status");
  line.classList.add("says");
  const show = (text: string, bad: boolean) => {
    line.classList.toggle("bad", bad);
    line.textContent = text;
  };
  return {
    working: (key) => show(words(key), false),
    failed: (error) => show(reason(error, words), true),
  };
}

function reason(error: unknown, words: Words): string {
  if (error instanceof Refused) return refusal(error.problem, words);
  if (error instanceof DOMException) {
    return say(error.name === "InvalidStateError" ? "passkey-has" : "passkey-stopped");
  }
  return say(error instanceof TypeError ? "refused-away" : "refused-unreadable");
}

function refusal(problem: Problem, words: Words): string {
  const key = `refused-${problem.slug}`;
  const known = words(key);
  const parts = [known === key ? problem.title : known];
  parts.push(say("refused-code", { slug: problem.slug }));
  if (problem.request) parts.push(say("refused-request", { id: problem.request }));
  return parts.join(" ");
}
