// The proof of work that stands where others ask for a phone number: about a second on a phone.

import { utf8 } from "./bytes.ts";
import { sha256Words } from "./hash.ts";

/** Numbers tried between two looks at the rest of the page. */
const CHUNK = 4_000;

/** Whether SHA-256(challenge ":" n) begins with `bits` zero bits. */
export function isSolved(challenge: string, n: string, bits: number): boolean {
  if (!/^(0|[1-9][0-9]{0,19})$/.test(n)) return false;
  return leadingZeros(sha256Words(utf8(`${challenge}:${n}`))) >= bits;
}

/** The smallest n that solves it. `pause` lets the page breathe; it may throw to stop the search. */
export async function solve(
  challenge: string,
  bits: number,
  pause: (tried: number) => Promise<void>,
): Promise<string> {
  for (let n = 0; ; n++) {
    if (n % CHUNK === 0) await pause(n);
    if (leadingZeros(sha256Words(utf8(`${challenge}:${n}`))) >= bits) return String(n);
  }
}

function leadingZeros(words: Uint32Array): number {
  let zeros = 0;
  for (const word of words) {
    zeros += Math.clz32(word);
    if (word !== 0) break;
  }
  return zeros;
}
