// A picture for a wallet on another device: this page asks every two seconds whether the wallet has
// answered, and goes on by its own form. A picture shown for 90 seconds is drawn anew.

import { object, text } from "@resonate/lib/json";
import { goodJson } from "@resonate/lib/problem";

const EVERY_MS = 2000;
const stands = object({ status: text });

const form = document.querySelector<HTMLFormElement>("form#qr");
const poll = form?.dataset.poll;

/** Presses a button of the form that this page may not show at the moment. */
function press(form: HTMLFormElement, value: "go" | "show"): void {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "qr";
  field.value = value;
  form.append(field);
  form.requestSubmit();
}

async function ask(form: HTMLFormElement, poll: string): Promise<void> {
  const headers = { Accept: "application/json" };
  const { status } = stands(await goodJson(await fetch(poll, { headers })));
  if (status === "answered") press(form, "go");
  else if (status === "stale") press(form, "show");
  else if (status === "waiting") later(form, poll);
  else location.reload();
}

/** A poll that fails is repeated: the server may be away for a moment. */
function later(form: HTMLFormElement, poll: string): void {
  setTimeout(() => {
    if (document.hidden) later(form, poll);
    else ask(form, poll).catch(() => later(form, poll));
  }, EVERY_MS);
}

// Only where a picture is shown; what became of it is for the person to read.
if (form && poll && document.querySelector(".qr")) later(form, poll);
