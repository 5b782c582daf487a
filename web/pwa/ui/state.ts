// What the screens show. Whoever changes it is in `act.ts`; screens only read.

import { computed, signal } from "@preact/signals";
import type { Failure } from "../lib/failures.ts";
import type { Opened } from "../lib/opened.ts";
import type { Question, Reply } from "../lib/questions.ts";

/** `none`: no vault on this device. */
export type Phase = "loading" | "none" | "locked" | "open";

export interface Asking {
  question: Question;
  reply: (reply: Reply) => void;
}

export interface Failing {
  failure: Failure;
  /** Does the same once more. */
  again: () => void;
}

/** Where this co-op's other origins are. */
export interface Config {
  id: string;
  listen: string;
  coop: string;
  /** All of it; what the library believes is read from here. */
  body: Readonly<Record<string, unknown>>;
}

export interface NewRelease {
  version: string;
  hash: string;
  use: () => void;
}

export const phase = signal<Phase>("loading");
export const wallet = signal<Opened | null>(null);
export const config = signal<Config | null>(null);
export const asking = signal<Asking | null>(null);
export const failing = signal<Failing | null>(null);
/** What is being done now; read aloud. Empty: nothing. */
export const stage = signal("");
export const newRelease = signal<NewRelease | null>(null);
export const online = signal(true);
/** Grows whenever what is kept has changed, so that lists read it again. */
export const changed = signal(0);
/** Whether the page still asks how to get back in, after joining. */
export const isNew = signal(false);
/** Installing the wallet as an app, where the browser offers it. */
export const install = signal<(() => void) | null>(null);

/** A guarded act waits for the passphrase of a vault that has no passkey. */
export const passphrase = signal<((text: string) => void) | null>(null);

export const busy = computed(() => stage.value !== "");
