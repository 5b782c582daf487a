// For browsers that do not take MP3 piece by piece: what may be heard so far is one blob, the whole
// track another, swapped in at the same place once the play counts.

import type { FeedEvents, Source } from "./feed.ts";
import { getPiece } from "./ranges.ts";

const PIECE = 1024 * 1024;
const TRIES = 5;
const LATER_MS = 2_000;
/** Between two looks at the gate; the qualifying beat's answer wakes it before. */
const GATE_MS = 30_000;

export class WholeFeed {
  readonly #audio: HTMLAudioElement;
  readonly #source: Source;
  readonly #events: FeedEvents;
  readonly #stop = new AbortController();
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #held = 0;
  #objectUrl = "";
  #renewed: (() => void) | undefined;
  #url: string;

  constructor(audio: HTMLAudioElement, source: Source, events: FeedEvents, startS = 0) {
    this.#audio = audio;
    this.#source = source;
    this.#events = events;
    this.#url = source.url;
    void this.#run(startS).catch(() => {
      if (!this.#stop.signal.aborted) events.over("network");
    });
  }

  renew(url: string): void {
    this.#url = url;
    this.#renewed?.();
  }

  seek(seconds: number): void {
    this.#audio.currentTime = Math.min(seconds, this.#audio.duration || seconds);
  }

  close(): void {
    this.#stop.abort();
    this.#renewed?.();
    this.#audio.removeAttribute("src");
    this.#audio.load();
    URL.revokeObjectURL(this.#objectUrl);
  }

  async #run(startS: number): Promise<void> {
    let shown = 0;
    while (!this.#stop.signal.aborted && this.#held < this.#source.bytes) {
      const stopped = await this.#fill();
      if (this.#stop.signal.aborted) return;
      if (this.#held > shown) {
        this.#show(shown === 0 ? startS : this.#audio.currentTime, shown === 0);
        shown = this.#held;
      }
      if (!stopped) return;
      await this.#wait(GATE_MS);
    }
  }

  /** Asks until the end, or until the gate; whether it was the gate. */
  async #fill(): Promise<boolean> {
    let faults = 0;
    while (this.#held < this.#source.bytes) {
      const { bytes: total } = this.#source;
      const ask = { url: this.#url, from: this.#held, length: PIECE, total };
      const piece = await getPiece({ ...ask, signal: this.#stop.signal });
      if (piece.kind === "bytes") {
        this.#pieces.push(piece.bytes);
        this.#held += piece.bytes.length;
        faults = 0;
        if (piece.gated) return true;
      } else if (piece.kind === "later") {
        if (++faults > TRIES) throw new Error("network");
        await this.#wait(LATER_MS);
      } else if (piece.kind === "over") {
        this.#events.over(piece.slug);
        return false;
      } else {
        if (piece.kind === "expired") this.#events.expired();
        return piece.kind !== "end";
      }
    }
    return false;
  }

  #show(at: number, first: boolean): void {
    const old = this.#objectUrl;
    const wasPlaying = first || !this.#audio.paused;
    this.#objectUrl = URL.createObjectURL(new Blob(this.#pieces, { type: this.#source.mime }));
    this.#audio.src = this.#objectUrl;
    this.#audio.currentTime = at;
    if (wasPlaying) void this.#audio.play().catch(() => undefined);
    if (old) URL.revokeObjectURL(old);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#renewed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
