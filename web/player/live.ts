// One play from grant to end: feeds the element, counts what is heard, tells the server.

import { Refused } from "@resonate/lib/problem";
import type { Api } from "./api.ts";
import { Feed, type FeedEvents, takesPieces } from "./feed.ts";
import { Heard, nextBeat } from "./heard.ts";
import { WholeFeed } from "./whole.ts";
import type { Beat, Started } from "./wire.ts";

const TICK_MS = 250;

export interface LiveEvents {
  /** After each beat, and each quarter second of listening. */
  moved: () => void;
  beat: (beat: Beat) => void;
  /** Cannot go on: taken over, ended, network gone. */
  over: (slug: string) => void;
  waiting: (is: boolean) => void;
  ended: () => void;
}

export class Live {
  readonly started: Started;
  readonly #api: Api;
  readonly #audio: HTMLAudioElement;
  readonly #events: LiveEvents;
  readonly #feed: Feed | WholeFeed;
  readonly #heard: Heard;
  readonly #timer: ReturnType<typeof setInterval>;
  #sent: number;
  #busy = false;
  #closed = false;
  #farewell = "";
  qualified: boolean;

  constructor(
    api: Api,
    audio: HTMLAudioElement,
    started: Started,
    options: { heardMs: number; startS: number; events: LiveEvents },
  ) {
    this.#api = api;
    this.#audio = audio;
    this.started = started;
    this.#events = options.events;
    this.#heard = new Heard(options.heardMs);
    this.#sent = options.heardMs;
    this.qualified = started.state === "qualified" || started.gate_s === null;
    const source = { ...started, durationMs: started.duration_ms };
    const Kind = takesPieces(started.mime) ? Feed : WholeFeed;
    this.#feed = new Kind(audio, source, this.#feedEvents(), options.startS);
    audio.onended = () => void this.end().then(() => options.events.ended());
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    void this.#prepareFarewell();
  }

  get heardMs(): number {
    return this.#heard.ms;
  }

  get positionMs(): number {
    return Math.floor(this.#audio.currentTime * 1000);
  }

  /** Seconds the seek bar may reach. */
  get reachS(): number {
    return this.qualified ? this.started.duration_ms / 1000 : (this.started.gate_s ?? 0);
  }

  seek(seconds: number): void {
    this.#feed.seek(Math.max(0, Math.min(seconds, this.reachS - 0.1)));
  }

  /** Stops and tells the server; before the play counted, that costs nothing. */
  async end(): Promise<void> {
    if (this.#closed) return;
    this.#tick();
    this.#close();
    try {
      const heard = this.#heard.ms;
      this.#events.beat(await this.#api.beat(this.started.play, heard, this.positionMs, "end"));
    } catch {
      // The server ends plays by itself; nothing more is owed for this one.
    }
  }

  /** Stops without telling: the play may go on from another page. */
  pauseForPage(): void {
    this.#tick();
    this.#close();
  }

  /** The page is going away for good: the last beat was signed beforehand. */
  leave(): void {
    if (this.#closed || this.#farewell === "") return;
    this.#tick();
    this.#api.leave(this.started.play, this.#heard.ms, this.positionMs, this.#farewell);
  }

  #close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#audio.onended = null;
    this.#feed.close();
  }

  #tick(): void {
    if (this.#closed) return;
    const playing = !this.#audio.paused && !this.#audio.seeking && this.#audio.readyState > 2;
    this.#heard.note({ now: performance.now(), position: this.positionMs, playing });
    this.#events.moved();
    if (this.#heard.ms >= nextBeat(this.#sent, this.started.qualify_ms, this.qualified)) {
      void this.#beat();
    }
  }

  async #beat(): Promise<void> {
    if (this.#busy || this.#closed) return;
    this.#busy = true;
    const heard = this.#heard.ms;
    this.#sent = heard;
    try {
      this.#heed(await this.#api.beat(this.started.play, heard, this.positionMs, "beat"));
      await this.#prepareFarewell();
    } catch (error) {
      // A lost beat is made up by the next; a refusal that names the play ends it.
      if (error instanceof Refused && [404, 410].includes(error.problem.status)) {
        this.#over(error.problem.slug);
      }
    } finally {
      this.#busy = false;
    }
  }

  #heed(beat: Beat): void {
    if (this.#closed) return;
    const wasQualified = this.qualified;
    this.qualified = wasQualified || beat.state === "qualified";
    if (beat.url !== null && (this.qualified !== wasQualified || this.#expired)) {
      this.#expired = false;
      this.#feed.renew(beat.url);
    }
    this.#events.beat(beat);
    if (["superseded", "expired", "voided", "ended"].includes(beat.state)) this.#over(beat.state);
  }
  #expired = false;

  #feedEvents(): FeedEvents {
    return {
      expired: () => {
        this.#expired = true;
        void this.#beat();
      },
      over: (slug) => this.#over(slug),
      waiting: (is) => this.#events.waiting(is),
    };
  }

  #over(slug: string): void {
    if (this.#closed) return;
    this.#close();
    this.#events.over(slug);
  }

  async #prepareFarewell(): Promise<void> {
    this.#farewell = await this.#api.farewell(this.started.play);
  }
}
