// SHA-256 without a promise per call. WebCrypto costs several microseconds of scheduling each time;
// a proof of work makes a quarter of a million of them.

const K = new Uint32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

const START = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
] as const;

/** The eight words of the SHA-256 of `bytes` (FIPS 180-4). */
export function sha256Words(bytes: Uint8Array): Uint32Array {
  const hasher = new Hasher(bytes.length);
  hasher.bytes.set(bytes);
  return hasher.words(bytes.length).slice();
}

/** Hashes many short texts without making anything anew for each. */
export class Hasher {
  /** Where the caller writes what is to be hashed. */
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #w = new Uint32Array(64);
  readonly #state = new Uint32Array(8);

  /** `most` is the length of the longest text. */
  constructor(most: number) {
    this.bytes = new Uint8Array(Math.ceil((most + 9) / 64) * 64);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** The eight words for the first `length` bytes; good until the next call. */
  words(length: number): Uint32Array {
    const end = Math.ceil((length + 9) / 64) * 64;
    this.bytes.fill(0, length, end);
    this.bytes[length] = 0x80;
    this.#view.setUint32(end - 8, Math.floor(length / 0x20000000));
    this.#view.setUint32(end - 4, length << 3);
    this.#state.set(START);
    for (let block = 0; block < end; block += 64) {
      for (let i = 0; i < 16; i++) this.#w[i] = this.#view.getUint32(block + i * 4);
      compress(this.#state, this.#w);
    }
    return this.#state;
  }
}

function compress(state: Uint32Array, w: Uint32Array): void {
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15] ?? 0;
    const b = w[i - 2] ?? 0;
    const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
    const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
    w[i] = ((w[i - 16] ?? 0) + s0 + (w[i - 7] ?? 0) + s1) | 0;
  }
  const at = (i: number) => (state[i] ?? 0) | 0;
  let [a, b, c, d] = [at(0), at(1), at(2), at(3)];
  let [e, f, g, h] = [at(4), at(5), at(6), at(7)];
  for (let i = 0; i < 64; i++) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (K[i] ?? 0) + (w[i] ?? 0)) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = at(0) + a;
  state[1] = at(1) + b;
  state[2] = at(2) + c;
  state[3] = at(3) + d;
  state[4] = at(4) + e;
  state[5] = at(5) + f;
  state[6] = at(6) + g;
  state[7] = at(7) + h;
}

function turn(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}
