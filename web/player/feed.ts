// Bytes into the audio element. Measured: given the address itself, Chromium ends with an error as soon
// as a range comes back shorter than asked; so we ask, and hand over what came.

import { getPiece, type Piece } from "./ranges.ts";

const PIECE = 256 * 1024;
/** Seconds held ready ahead of the ear, and kept behind it. */
const AHEAD_S = 60;
const BEHIND_S = 120;
/** For the beat that brings a fresh grant. */
const RENEW_MS = 2_000;
/** The qualifying beat's answer wakes it; looking again is for the case that it was lost. */
const GATE_MS = 30_000;
/** Between two looks when nothing should be new. */
const IDLE_MS = 10_000;
const LATER_MS = [500, 1_000, 2_000, 4_000, 8_000] as const;

export interface Source {
  url: string;
  bytes: number;
  durationMs: number;
  mime: string;
}

export interface FeedEvents {
  /** The grant is too old: the engine sends a beat and calls `renew`. */
  expired: () => void;
  /** No more bytes for this play: it ended or was taken over. */
  over: (slug: string) => void;
  /** Waiting for the network, or no longer. */
  waiting: (is: boolean) => void;
}

/** Whether the platform takes this type piece by piece. */
export function takesPieces(mime: string): boolean {
  return typeof MediaSource !== "undefined" && MediaSource.isTypeSupported(mime);
}

/** Feeds one play. `renew` gives a newer address, without gate once the play counts. */
export class Feed {
  readonly #audio: HTMLAudioElement;
  readonly #source: Source;
  readonly #events: FeedEvents;
  readonly #stop = new AbortController();
  readonly #media = new MediaSource();
  #url: string;
  #at = 0;
  #wake: (() => void) | undefined;
  #moved: (() => void) | undefined;
  #pending: number | undefined;
  #seeking = 0;
  #objectUrl: string;

  constructor(audio: HTMLAudioElement, source: Source, events: FeedEvents, startS = 0) {
    this.#audio = audio;
    this.#source = source;
    this.#events = events;
    this.#url = source.url;
    this.#objectUrl = URL.createObjectURL(this.#media);
    audio.src = this.#objectUrl;
    // An element without a source remembers where it was.
    audio.currentTime = startS;
    audio.ontimeupdate = () => this.#moved?.();
    this.#media.addEventListener("sourceopen", () => void this.#run(startS), { once: true });
  }

  renew(url: string): void {
    this.#url = url;
    this.#wake?.();
  }

  /** Goes to a place in the track; outside of what is held, bytes are asked for from there. */
  seek(seconds: number): void {
    if (isHeld(this.#audio.buffered, seconds)) {
      this.#audio.currentTime = seconds;
      return;
    }
    this.#seeking++;
    this.#pending = seconds;
    this.#audio.currentTime = seconds;
    this.#wake?.();
  }

  close(): void {
    this.#stop.abort();
    this.#wake?.();
    this.#audio.ontimeupdate = null;
    this.#audio.removeAttribute("src");
    this.#audio.load();
    URL.revokeObjectURL(this.#objectUrl);
  }

  async #run(startS: number): Promise<void> {
    const buffer = this.#media.addSourceBuffer(this.#source.mime);
    this.#media.duration = this.#source.durationMs / 1000;
    if (startS > 0) this.#pending = startS;
    try {
      await this.#pump(buffer);
    } catch (error) {
      if (!this.#stop.signal.aborted) {
        this.#events.over(error instanceof Error ? error.name : "media");
      }
    }
  }

  async #pump(buffer: SourceBuffer): Promise<void> {
    const { signal } = this.#stop;
    let faults = 0;
    while (!signal.aborted) {
      if (this.#pending !== undefined) await this.#jump(buffer, this.#pending);
      if (this.#aheadS(buffer) > AHEAD_S) {
        await this.#sleep(1_000, true);
        continue;
      }
      const asked = this.#seeking;
      const piece = await this.#next();
      if (signal.aborted || asked !== this.#seeking) continue;
      if (piece.kind === "later") {
        this.#events.waiting(true);
        const pause = LATER_MS[faults++];
        if (pause === undefined) return this.#events.over("network");
        await this.#sleep(pause);
        continue;
      }
      faults = 0;
      this.#events.waiting(false);
      if (!(await this.#take(buffer, piece))) return;
    }
  }

  #next(): Promise<Piece> {
    const [url, from, total] = [this.#url, this.#at, this.#source.bytes];
    return getPiece({ url, from, length: PIECE, total, signal: this.#stop.signal });
  }

  /** Handles one answer; whether to go on asking. */
  async #take(buffer: SourceBuffer, piece: Exclude<Piece, { kind: "later" }>): Promise<boolean> {
    switch (piece.kind) {
      case "bytes":
        await this.#append(buffer, piece.bytes);
        if (piece.gated) await this.#sleep(GATE_MS);
        return true;
      case "end":
        if (this.#media.readyState === "open") this.#media.endOfStream();
        // A seek back wakes it again.
        await this.#sleep(IDLE_MS);
        return true;
      case "gate":
        await this.#sleep(GATE_MS);
        return true;
      case "expired":
        this.#events.expired();
        await this.#sleep(RENEW_MS);
        return true;
      case "over":
        this.#events.over(piece.slug);
        return false;
    }
  }

  async #append(buffer: SourceBuffer, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const behind = this.#audio.currentTime - BEHIND_S;
    if (behind > 0 && buffer.buffered.length > 0 && buffer.buffered.start(0) < behind) {
      buffer.remove(0, behind);
      await idle(buffer);
    }
    buffer.appendBuffer(bytes);
    await idle(buffer);
    this.#at += bytes.length;
  }

  /** Frames find themselves again from any byte; the place in time is proportional. */
  async #jump(buffer: SourceBuffer, seconds: number): Promise<void> {
    this.#pending = undefined;
    const share = Math.min(1, (seconds * 1000) / this.#source.durationMs);
    if (this.#media.readyState === "ended") buffer.remove(0, Number.POSITIVE_INFINITY);
    else {
      buffer.abort();
      buffer.remove(0, Number.POSITIVE_INFINITY);
    }
    await idle(buffer);
    buffer.timestampOffset = seconds;
    this.#at = Math.floor(this.#source.bytes * share);
  }

  #aheadS(buffer: SourceBuffer): number {
    const { buffered } = buffer;
    return buffered.length === 0 ? 0 : buffered.end(buffered.length - 1) - this.#audio.currentTime;
  }

  /** Until something new came, so many milliseconds passed, or (`moving`) the position moved. */
  #sleep(ms: number, moving = false): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        this.#moved = undefined;
        resolve();
      };
      this.#moved = moving ? this.#wake : undefined;
    });
  }
}

function idle(buffer: SourceBuffer): Promise<void> {
  if (!buffer.updating) return Promise.resolve();
  return new Promise((resolve) =>
    buffer.addEventListener("updateend", () => resolve(), { once: true }),
  );
}

function isHeld(buffered: TimeRanges, seconds: number): boolean {
  for (let i = 0; i < buffered.length; i++) {
    if (buffered.start(i) <= seconds && seconds < buffered.end(i)) return true;
  }
  return false;
}
