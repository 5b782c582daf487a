// The proof of work that stands where others ask for a phone number: about a second on a phone.

import { utf8 } from "./bytes.ts";
import { Hasher, sha256Words } from "./hash.ts";

/** Numbers tried between two looks at the rest of the page. */
const CHUNK = 10_000;
const MOST_DIGITS = 20;

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
  const prefix = utf8(`${challenge}:`);
  const hasher = new Hasher(prefix.length + MOST_DIGITS);
  hasher.bytes.set(prefix);
  for (let n = 0; ; n++) {
    if (n % CHUNK === 0) await pause(n);
    const digits = String(n);
    for (let i = 0; i < digits.length; i++) {
      hasher.bytes[prefix.length + i] = digits.charCodeAt(i);
    }
    if (leadingZeros(hasher.words(prefix.length + digits.length)) >= bits) return digits;
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
