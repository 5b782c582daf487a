// What happens when a person presses Play: session, price, limit, intent, grant, bytes, beats.
// The tap signs exactly the price that was shown; anything else is asked first.

import { Refused } from "@resonate/lib/problem";
import { Api, getPreview, getPurse, newPlay, type Prefer, type Via } from "./api.ts";
import { takesPieces } from "./feed.ts";
import { type Left, leaveBehind } from "./left.ts";
import { Live, type LiveEvents } from "./live.ts";
import type { Page } from "./page.ts";
import { PLAYS, type Row, showPrice } from "./rows.ts";
import * as state from "./state.ts";
import type { Beat, Started } from "./wire.ts";

const STREAMING_LOUDNESS = -18;

interface NetworkHint {
  saveData?: boolean;
  effectiveType?: string;
}

export class Engine {
  readonly #page: Page;
  readonly #audio: HTMLAudioElement;
  #api: Promise<Api> | undefined;
  #live: Live | undefined;
  #mandate: string | null = null;
  #startPaid = false;
  #isOver = false;

  constructor(page: Page, audio: HTMLAudioElement) {
    this.#page = page;
    this.#audio = audio;
    audio.onplaying = () => {
      state.playing.value = true;
      state.waiting.value = false;
    };
    audio.onpause = () => {
      state.playing.value = false;
    };
    audio.onwaiting = () => {
      state.waiting.value = true;
    };
  }

  /** Prices of this page's rows, for someone signed in. */
  async refreshPrices(): Promise<void> {
    const rows = this.#page.rows;
    if (!this.#page.signedIn || rows.length === 0) return;
    const api = await this.#open();
    const ids = [...new Set(rows.map((row) => row.track))].slice(0, 100);
    const answer = await api.prices(ids);
    this.#startPaid = answer.paid_at_start;
    for (const price of answer.tracks) {
      for (const row of rows.filter((r) => r.track === price.track)) {
        Object.assign(row, { n: price.n, price: price.price, owned: price.owned });
        showPrice(row);
      }
    }
  }

  async preview(row: Row): Promise<void> {
    await this.stop();
    this.#show(row, "preview");
    try {
      this.#audio.src = row.preview ?? (await getPreview(row.track));
      this.#audio.currentTime = 0;
      this.#audio.ontimeupdate = () => {
        state.position.value = this.#audio.currentTime;
        state.duration.value = this.#audio.duration || 0;
        state.reach.value = this.#audio.duration || 0;
      };
      this.#audio.onended = () => {
        state.playing.value = false;
      };
      await this.#audio.play();
    } catch (error) {
      this.#fail(row, error);
    }
  }

  /** The Play button of a row. `agreed`: the person has seen that it is paid at its start. */
  async play(row: Row, agreed = false): Promise<void> {
    if (state.starting.value) return;
    if (!this.#page.signedIn && row.stream !== "free") {
      state.panel.value = { kind: "sign-in" };
      return;
    }
    if (this.#startPaid && row.price > 0 && !agreed) {
      state.panel.value = { kind: "start-paid", row };
      return;
    }
    state.panel.value = null;
    state.starting.value = true;
    try {
      await this.stop();
      this.#show(row, "play");
      const api = await this.#open();
      const mandate = row.price > 0 ? await this.#limit(api, row) : null;
      if (row.price > 0 && mandate === null) return;
      this.#mandate = mandate;
      const { track, price } = row;
      const wish = { play: newPlay(), track, price, mandate, prefer: preference() };
      this.#listen(row, api, await api.start(wish), { heardMs: 0, startS: 0 });
    } catch (error) {
      this.#fail(row, error);
    } finally {
      state.starting.value = false;
    }
  }

  /** Goes on with a play that was left on another page. */
  async resume(row: Row, left: Left): Promise<void> {
    try {
      this.#show(row, "play");
      const api = await this.#open();
      this.#mandate = left.mandate;
      const { play, track, price, mandate } = left;
      const started = await api.start({ play, track, price, mandate, prefer: preference() });
      const from = { heardMs: left.heardMs, startS: left.positionMs / 1000 };
      this.#listen(row, api, started, from);
    } catch (error) {
      this.#fail(row, error);
    }
  }

  toggle(): void {
    const row = state.current.value;
    if (row && state.mode.value === "play" && !this.#live && !this.#isOver) {
      // Chosen, but something was asked first: the tap asks it again.
      void this.play(row);
    } else if (this.#audio.paused) void this.#audio.play().catch(() => undefined);
    else this.#audio.pause();
  }

  seek(seconds: number): void {
    state.position.value = seconds;
    if (this.#live) this.#live.seek(seconds);
    else this.#audio.currentTime = seconds;
  }

  async step(by: 1 | -1): Promise<void> {
    const to = this.#page.neighbour(state.current.value, by);
    if (!to) return;
    if (state.mode.value === "preview") await this.preview(to);
    else await this.play(to);
  }

  async stop(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    this.#audio.pause();
    this.#audio.ontimeupdate = null;
    await live?.end();
  }

  async close(): Promise<void> {
    await this.stop();
    this.#mark(null);
    state.mode.value = "idle";
    state.current.value = null;
    state.panel.value = null;
  }

  /** The page goes away: to another page of ours (`staying`), or for good. */
  leave(staying: boolean): void {
    const [live, row] = [this.#live, state.current.value];
    if (!live || !row) return;
    if (!staying) {
      live.leave();
      return;
    }
    const { heardMs, positionMs } = live;
    live.pauseForPage();
    const { track, title, artist, release, cover, stream, durationMs, qualifyMs } = row;
    const shown = state.play.value ?? { n: row.n, price: row.price };
    const seen = { track, title, artist, release, cover, stream, durationMs, qualifyMs, ...shown };
    const at = Date.now();
    const mandate = this.#mandate;
    leaveBehind({ at, play: live.started.play, ...seen, mandate, heardMs, positionMs });
  }

  /** Asks for a limit and goes to confirm it. */
  async setLimit(row: Row, wish: { total: number; via: Via; formToken: string }): Promise<void> {
    try {
      const api = await this.#open();
      const url = await api.askMandate(wish);
      this.#page.rememberWanted(row.track);
      location.assign(url);
    } catch (error) {
      this.#fail(row, error);
    }
  }

  #open(): Promise<Api> {
    this.#api ??= Api.open(this.#page.paymentsAud);
    this.#api.catch(() => {
      this.#api = undefined;
    });
    return this.#api;
  }

  /** The limit to sign for; none yet: the panel asks for one. */
  async #limit(api: Api, row: Row): Promise<string | null> {
    const purse = await getPurse();
    state.available.value = purse.available;
    const mandate = await api.mandate(purse);
    if (mandate) return mandate.id;
    state.panel.value = { kind: "limit", row, formToken: purse.form_token ?? "" };
    return null;
  }

  #listen(row: Row, api: Api, started: Started, from: { heardMs: number; startS: number }): void {
    const paid = started.price > 0;
    state.play.value = { n: started.n, price: started.price };
    state.available.value = started.available ?? state.available.value;
    state.counted.value = started.state === "qualified" || started.paid_at_start;
    this.#audio.volume = volumeFor(row.lufsMilli);
    const live = new Live(api, this.#audio, started, { ...from, events: this.#events(row, paid) });
    this.#live = live;
    state.duration.value = started.duration_ms / 1000;
    state.reach.value = live.reachS;
    this.#audio.play().then(
      () => {
        state.resumable.value = false;
      },
      () => {
        // The browser wants a tap first: the bar shows one.
        state.resumable.value = true;
      },
    );
    announce(row, this);
  }

  #events(row: Row, paid: boolean): LiveEvents {
    return {
      moved: () => {
        const live = this.#live;
        if (!live) return;
        state.position.value = live.positionMs / 1000;
        state.reach.value = live.reachS;
        const left = live.started.qualify_ms - live.heardMs;
        state.freeMs.value = paid && !live.qualified ? Math.max(0, left) : null;
      },
      beat: (beat) => this.#heedBeat(row, beat),
      over: (slug) => this.#over(slug),
      waiting: (is) => {
        state.waiting.value = is;
      },
      ended: () => this.#ended(),
    };
  }

  #heedBeat(row: Row, beat: Beat): void {
    state.available.value = beat.available ?? state.available.value;
    const isCounted = beat.state === "qualified" && !state.counted.value;
    if (!isCounted) return;
    state.counted.value = true;
    row.owned = beat.owned;
    row.n = Math.min(row.n + 1, PLAYS + 1);
    void this.refreshPrices().catch(() => showPrice(row));
  }

  #over(slug: string): void {
    this.#live = undefined;
    this.#audio.pause();
    const isElsewhere = slug === "superseded" || slug === "play-ended";
    state.panel.value = isElsewhere ? { kind: "elsewhere" } : { kind: "network" };
  }

  #ended(): void {
    this.#live = undefined;
    this.#isOver = true;
    state.playing.value = false;
    if (state.playOn.value) void this.step(1);
  }

  #show(row: Row, mode: "preview" | "play"): void {
    this.#isOver = false;
    state.mode.value = mode;
    state.current.value = row;
    state.next.value = this.#page.neighbour(row, 1);
    state.position.value = 0;
    state.duration.value = row.durationMs / 1000;
    state.reach.value = 0;
    state.freeMs.value = null;
    state.counted.value = false;
    state.play.value = mode === "play" ? { n: row.n, price: row.price } : null;
    state.panel.value = null;
    this.#mark(row);
  }

  #mark(row: Row | null): void {
    for (const other of this.#page.rows) {
      if (other === row) other.element.dataset.playing = "true";
      else delete other.element.dataset.playing;
    }
  }

  #fail(row: Row, error: unknown): void {
    if (!(error instanceof Refused)) {
      state.panel.value = { kind: "network" };
      return;
    }
    const { problem } = error;
    const price = problem.members.price;
    if (problem.slug === "price-changed" && typeof price === "number") {
      const n = problem.members.n;
      Object.assign(row, { price, n: typeof n === "number" ? n : row.n });
      showPrice(row);
      state.panel.value = { kind: "price", row, price };
    } else if (problem.slug === "login-needed" || problem.slug === "session-needed") {
      state.panel.value = { kind: "sign-in" };
    } else {
      state.panel.value = { kind: "refused", row, problem };
    }
  }
}

/** MP3 where it can be fed piece by piece; small Opus where bytes are dear. */
function preference(): Prefer {
  const hint: NetworkHint = "connection" in navigator ? Object(navigator.connection) : {};
  const isSlow = ["slow-2g", "2g", "3g"].includes(hint.effectiveType ?? "");
  const opus = new Audio().canPlayType("audio/ogg; codecs=opus") !== "";
  if (opus && (hint.saveData || isSlow)) return ["opus64", "mp3"];
  if (takesPieces("audio/mpeg")) return ["mp3", "opus128"];
  return opus ? ["opus128", "mp3"] : ["mp3"];
}

/** Loud tracks are turned down to the common loudness; an element cannot turn up. */
function volumeFor(lufsMilli: number | null): number {
  if (lufsMilli === null) return 1;
  return Math.min(1, 10 ** ((STREAMING_LOUDNESS - lufsMilli / 1000) / 20));
}

function announce(row: Row, engine: Engine): void {
  if (!("mediaSession" in navigator)) return;
  const artwork = row.cover
    ? [96, 256, 640].map((w) => ({ src: `${row.cover}?w=${w}`, sizes: `${w}x${w}` }))
    : [];
  const { title, artist, release: album } = row;
  navigator.mediaSession.metadata = new MediaMetadata({ title, artist, album, artwork });
  const handlers: [MediaSessionAction, MediaSessionActionHandler][] = [
    ["play", () => engine.toggle()],
    ["pause", () => engine.toggle()],
    ["previoustrack", () => void engine.step(-1)],
    ["nexttrack", () => void engine.step(1)],
    ["seekto", (details) => engine.seek(details.seekTime ?? 0)],
  ];
  for (const [action, handler] of handlers) {
    try {
      navigator.mediaSession.setActionHandler(action, handler);
    } catch {
      // This platform has no such button.
    }
  }
}
