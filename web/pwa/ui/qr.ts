// Making and reading pictures; loaded only when one is asked for.

import encodeQR from "qr";
import decodeQR from "qr/decode.js";

/** Rows of dark and light. */
export function drawn(text: string): boolean[][] {
  return encodeQR(text, "raw", { border: 4 });
}

/** What a picture says, or `null`. */
export function read(image: {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}): string | null {
  try {
    return decodeQR(image);
  } catch {
    return null;
  }
}
