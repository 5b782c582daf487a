// The browser's edge: what the wallet keeps, what it sends, its two workers.

import { isRecord } from "@resonate/lib/json";
import { type Driver, sendByFetch } from "../lib/drive.ts";
import { indexedStore } from "../lib/indexed.ts";
import type { Stretch } from "../lib/vault/ways.ts";
import { online } from "./state.ts";

export const store = indexedStore();

const sendOn = sendByFetch((input, init) => fetch(input, init));

/** What this wallet's own origin says of the network is truer than what the browser thinks of it. */
export const send: Driver["send"] = async (request) => {
  const answer = await sendOn(request);
  if (new URL(request.url).origin === location.origin) online.value = answer !== null;
  return answer;
};

interface WorkerAddresses {
  createScriptURL: (url: string) => unknown;
}

/** The one policy of this origin: it passes its two workers and nothing else. */
function addresses(): WorkerAddresses {
  const rule: WorkerAddresses = {
    createScriptURL: (url) => {
      if (url === "/sw.js" || url === "/argon.js") return url;
      throw new TypeError("no worker of ours");
    },
  };
  const factory: unknown = Reflect.get(globalThis, "trustedTypes");
  if (!isFactory(factory)) return rule;
  return factory.createPolicy("resonate-workers", rule);
}

function isFactory(value: unknown): value is {
  createPolicy: (name: string, rule: WorkerAddresses) => WorkerAddresses;
} {
  return typeof value === "object" && value !== null && "createPolicy" in value;
}

const workers = addresses();

export async function registerWorker(): Promise<ServiceWorkerRegistration | null> {
  if (!("serviceWorker" in navigator)) return null;
  const options = { scope: "/", updateViaCache: "none" } as const;
  return navigator.serviceWorker.register(workers.createScriptURL("/sw.js") as string, options);
}

/** Argon2id beside the page, so that it stays alive meanwhile. The worker ends with its one answer. */
export const stretch: Stretch = (work) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(workers.createScriptURL("/argon.js") as string);
    const ended = () => worker.terminate();
    worker.onmessage = ({ data }: MessageEvent<unknown>) => {
      ended();
      if (data instanceof Uint8Array) resolve(new Uint8Array(data));
      else reject(new Error("the worker gave no key"));
    };
    worker.onerror = () => {
      ended();
      reject(new Error("the worker could not run"));
    };
    worker.postMessage(work);
  });

/** Deletes what the browser keeps of this origin beside the database. */
export async function wipeOrigin(): Promise<void> {
  await store.wipe();
  for (const name of await caches.keys()) await caches.delete(name);
  for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
  sessionStorage.clear();
}

/** This tab's own name, so that a login comes back to the tab that began it. */
export function tab(): string {
  const known = sessionStorage.getItem("tab");
  if (known) return known;
  const fresh = crypto.randomUUID();
  sessionStorage.setItem("tab", fresh);
  return fresh;
}

export async function readConfig(now = false): Promise<Record<string, unknown>> {
  const answer = await fetch(now ? "/config.json?now" : "/config.json", { credentials: "omit" });
  const body: unknown = await answer.json();
  if (!isRecord(body)) throw new TypeError("the configuration is no object");
  return body;
}
