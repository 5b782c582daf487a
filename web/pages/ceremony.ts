// The requests of passkey pages and what comes back.

import { anything, integer, list, object, orNull, text } from "@resonate/lib/json";
import { goodJson } from "@resonate/lib/problem";

const options = object({ ceremony: text, publicKey: anything });
const signal = object({ rpId: text, userId: text, allAcceptedCredentialIds: list(text) });
const finished = object({ next: text, signal: orNull(signal) });
const challenge = object({ challenge: text, bits: integer, expires_at: integer });

export type Options = ReturnType<typeof options>;
export type Finished = ReturnType<typeof finished>;
export type Challenge = ReturnType<typeof challenge>;

export async function getChallenge(): Promise<Challenge> {
  const headers = { Accept: "application/json" };
  return challenge(await goodJson(await fetch("/join/challenge", { headers })));
}

export async function askOptions(path: string, body: unknown, token = ""): Promise<Options> {
  return options(await post(path, body, token));
}

export async function finish(path: string, body: unknown, token = ""): Promise<Finished> {
  return finished(await post(path, body, token));
}

/** `token`: the form token of the page, for doors that ask for one. */
export async function post(path: string, body: unknown, token: string): Promise<unknown> {
  const response = await fetch(path, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      ...(token === "" ? {} : { "Form-Token": token }),
    },
    credentials: "same-origin",
    body: JSON.stringify(body),
  });
  return goodJson(response);
}
