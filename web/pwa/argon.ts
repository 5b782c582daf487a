/// <reference lib="webworker" />
// Argon2id in a worker of its own: one question, one answer, and the page ends it.

import { stretch } from "./lib/argon.ts";
import type { StretchWork } from "./lib/vault/ways.ts";

const worker = self as unknown as DedicatedWorkerGlobalScope;

worker.onmessage = ({ data }: MessageEvent<StretchWork>) => {
  const key = stretch(data);
  worker.postMessage(key, [key.buffer]);
};
