/// <reference lib="webworker" />
// The service worker: keeps the files of one release, each checked by its hash, and serves the
// wallet's page without a network. It answers for nothing else: the vault store and other origins
// never pass through here, and nothing it sees is kept.

import { SCREENS } from "./screens.ts";

/** Path -> `sha256-..` of every file of the release; the build puts it here. */
declare const RELEASE: Readonly<Record<string, string>>;
/** Names the release: hex, made of the hashes. */
declare const DIGEST: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const CACHE = `wallet-${DIGEST}`;
/** Where the co-op's other origins are: kept as it was when this release was installed. */
const CONFIG = "/config.json";

worker.addEventListener("install", (event) => {
  event.waitUntil(install());
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(activate());
});

worker.addEventListener("fetch", (event) => {
  const answer = answerTo(event.request);
  if (answer) event.respondWith(answer);
});

/** The page asks for the new release once the person has. Only pages of this origin can. */
worker.addEventListener("message", (event) => {
  if (event.data === "use" && event.source instanceof Client) void worker.skipWaiting();
});

/** All files or none: a file whose bytes are not those of the release ends the installation. */
async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  const files = Object.entries(RELEASE).map(
    ([path, integrity]) => new Request(path, { integrity, cache: "no-cache", credentials: "omit" }),
  );
  await cache.addAll([...files, new Request(CONFIG, { cache: "no-store", credentials: "omit" })]);
}

async function activate(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("wallet-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  // The tab that brought the first worker is served by it at once.
  await worker.clients.claim();
}

function answerTo(request: Request): Promise<Response> | null {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return null;
  if (request.mode === "navigate") {
    return SCREENS.includes(url.pathname) ? kept("/shell", request) : null;
  }
  // With a query a file is asked for as the server has it now.
  if (url.search !== "") return null;
  return url.pathname in RELEASE || url.pathname === CONFIG ? kept(url.pathname, request) : null;
}

/** From the cache; a browser that lost it goes to the server. */
async function kept(path: string, request: Request): Promise<Response> {
  const found = await caches.match(path, { cacheName: CACHE });
  return found ?? fetch(request);
}
