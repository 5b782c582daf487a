// The bar at the foot of the page: what plays, what it costs, how far.

import { credits } from "@resonate/lib/credits";
import { Dots } from "./dots.tsx";
import type { Engine } from "./engine.ts";
import { priceWords } from "./rows.ts";
import * as state from "./state.ts";
import { say } from "./words.ts";

export function Bar({ engine }: { engine: Engine }) {
  const row = state.current.value;
  if (!row || state.mode.value === "idle") return null;
  return (
    <section class="bar" aria-label={say("bar-label")}>
      {row.cover ? (
        <img class="bar-cover" src={`${row.cover}?w=96`} width="56" height="56" alt="" />
      ) : null}
      <div class="bar-what">
        <a class="bar-title" href={`/tracks/${row.track}`}>
          {row.title}
        </a>
        <span class="bar-artist">{row.artist}</span>
      </div>
      <Buttons engine={engine} />
      <Seek engine={engine} />
      <Cost />
      <button
        class="quiet bar-close"
        type="button"
        aria-label={say("bar-close")}
        onClick={() => void engine.close()}
      >
        <Icon path="M6 6 18 18M18 6 6 18" />
      </button>
    </section>
  );
}

function Buttons({ engine }: { engine: Engine }) {
  const isOn = state.playing.value;
  const label = isOn ? say("bar-pause") : say(state.resumable.value ? "bar-resume" : "bar-play");
  return (
    <div class="bar-buttons">
      <button
        class="quiet bar-step"
        type="button"
        aria-label={say("bar-previous")}
        onClick={() => void engine.step(-1)}
      >
        <Icon path="M18 6v12L8 12zM6 6v12" />
      </button>
      <button
        class="primary bar-toggle"
        type="button"
        aria-label={label}
        aria-busy={state.starting.value}
        onClick={() => engine.toggle()}
      >
        <Icon path={isOn ? "M8 5v14M16 5v14" : "M8 5l11 7-11 7z"} />
      </button>
      <button
        class="quiet bar-step"
        type="button"
        aria-label={say("bar-next")}
        onClick={() => void engine.step(1)}
      >
        <Icon path="M6 6v12l10-6zM18 6v12" />
      </button>
    </div>
  );
}

function Seek({ engine }: { engine: Engine }) {
  const [at, end] = [state.position.value, state.duration.value];
  return (
    <div class="bar-seek">
      <span class="bar-time">{clock(at)}</span>
      <input
        type="range"
        min="0"
        max={Math.ceil(end)}
        step="1"
        value={Math.floor(at)}
        aria-label={say("bar-seek")}
        aria-valuetext={`${clock(at)} / ${clock(end)}`}
        onInput={(event) => {
          // Until the play counts, the bar ends at the gate.
          const wanted = Number(event.currentTarget.value);
          engine.seek(Math.min(wanted, Math.max(0, state.reach.value - 1)));
        }}
      />
      <span class="bar-time">{clock(end)}</span>
    </div>
  );
}

/** What this play costs, the dots, what is left, what comes next. */
function Cost() {
  const row = state.current.value;
  const play = state.play.value;
  const left = state.available.value;
  if (!row) return null;
  if (!play) return <p class="bar-cost">{say("bar-preview")}</p>;
  const shown = { ...row, ...play, owned: row.owned && play.price === 0 };
  const words = priceWords(shown);
  return (
    <div class="bar-cost">
      <p>
        <Dots n={state.counted.value ? play.n + 1 : play.n} owned={shown.owned} label={words} />{" "}
        <span class="bar-price">{words}</span>
      </p>
      <p role="status">
        {status()}{" "}
        {left === null ? null : (
          <a href="/purse" class="bar-left">
            {say("bar-left", { available: credits(left) })}
          </a>
        )}
      </p>
      <NextUp />
    </div>
  );
}

function status(): string {
  const play = state.play.value;
  if (state.starting.value) return say("bar-starting");
  if (state.waiting.value) return say("bar-waiting");
  if (!play || play.price === 0) return say("bar-nothing-paid");
  if (state.counted.value) return say("bar-counted", { price: credits(play.price) });
  const ms = state.freeMs.value;
  if (ms === null) return "";
  // In steps of five, so that a screen reader is not talking all the time.
  return say("bar-until-counted", { seconds: String(Math.ceil(ms / 5000) * 5) });
}

function NextUp() {
  const row = state.next.value;
  if (!row) return null;
  return (
    <label class="bar-next">
      <input
        type="checkbox"
        checked={state.playOn.value}
        onChange={(event) => {
          state.playOn.value = event.currentTarget.checked;
        }}
      />
      <span>{say("bar-next-up", { title: row.title, price: priceWords(row) })}</span>
    </label>
  );
}

function Icon({ path }: { path: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

function clock(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
