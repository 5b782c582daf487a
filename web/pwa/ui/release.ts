// Whether new code is what it says: listed by the co-op, and every file as its release names it.
// A worker that waits is shown with version and hash, and takes over only when the person says so.

import type { Bytes } from "@resonate/lib/bytes";
import { hex } from "@resonate/lib/bytes";
import { isRecord } from "@resonate/lib/json";
import { sha256 } from "@resonate/lib/platform/webcrypto";

export interface Release {
  version: string;
  /** SHA-256 of the release's file. */
  hash: string;
  /** The co-op's list of releases has it. */
  isListed: boolean;
  files: Readonly<Record<string, string>>;
}

const RELEASE = "/release.json";
const LIST = "/.well-known/resonate-wallet-releases";

async function bytesOf(path: string): Promise<Bytes> {
  // With a query a worker passes it on: this is what the server has now, not what is kept.
  const join = path.includes("?") ? "&" : "?";
  const answer = await fetch(`${path}${join}check`, { cache: "no-store", credentials: "omit" });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

function record(bytes: Bytes): Record<string, unknown> {
  const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (!isRecord(json)) throw new TypeError("no object");
  return json;
}

/** What the server serves now, and whether it is listed. */
export async function currentRelease(): Promise<Release> {
  const bytes = await bytesOf(RELEASE);
  const { version, files } = record(bytes);
  if (typeof version !== "string" || !isRecord(files)) throw new TypeError("no release");
  const hash = hex(await sha256(bytes));
  const { releases } = record(await bytesOf(LIST));
  const all: unknown[] = Array.isArray(releases) ? releases : [];
  const isListed = all.some((one) => isRecord(one) && one.sha256 === hash);
  const named = Object.entries(files).map(([path, sum]): [string, string] => [path, String(sum)]);
  return { version, hash, isListed, files: Object.fromEntries(named) };
}

/** Paths whose bytes are not those of the release. */
export async function altered(release: Release): Promise<string[]> {
  const wrong = await Promise.all(
    Object.entries(release.files).map(async ([path, sum]) =>
      hex(await sha256(await bytesOf(path))) === sum ? [] : [path],
    ),
  );
  return wrong.flat();
}

/** Calls `ready` for each worker that waits to take over, now and later. */
export function watchWorkers(
  registration: ServiceWorkerRegistration,
  ready: (worker: ServiceWorker) => void,
): void {
  // The first worker replaces nothing.
  const isUpdate = () => navigator.serviceWorker.controller !== null;
  if (registration.waiting && isUpdate()) ready(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const coming = registration.installing;
    coming?.addEventListener("statechange", () => {
      if (coming.state === "installed" && isUpdate()) ready(coming);
    });
  });
}
