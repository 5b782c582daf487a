// TEMP until sync lands
import type { Bytes } from "@resonate/lib/bytes";
import type { Opened } from "../lib/opened.ts";
import type { VaultDocument } from "../lib/vault/document.ts";
export async function keepReader(_o: Opened, _t: Bytes): Promise<void> {}
export async function takeOver(_o: Opened, _d: VaultDocument): Promise<void> {}
export async function fetchByToken(_f: {
  vaultId: string;
  readToken: Bytes;
}): Promise<VaultDocument> {
  throw new Error("x");
}
export async function fetchByWords(
  _w: string,
): Promise<{ document: VaultDocument; bytes: Bytes; readToken: Bytes }> {
  throw new Error("x");
}
export async function save(_o: Opened): Promise<boolean> {
  return false;
}
export async function freshen(_o: Opened): Promise<void> {}
export async function signOut(_o: Opened): Promise<void> {}
export interface DrawnSheet {
  words: string[];
  bytes: Bytes;
}
export async function drawSheet(): Promise<DrawnSheet> {
  return { words: [], bytes: new Uint8Array(32) };
}
export async function keepFinder(_o: Opened, _s: DrawnSheet, _t: Bytes): Promise<void> {}
export async function drawPassphrase(): Promise<string> {
  return "one two three four five six";
}
