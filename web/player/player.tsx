// The player: mounts at the foot of a page that is complete without it.

import "./player.css";
import { render } from "preact";
import { setServerTime } from "./api.ts";
import { Bar } from "./bar.tsx";
import { Engine } from "./engine.ts";
import { type Left, pickUp } from "./left.ts";
import { type Page, readPage } from "./page.ts";
import { Panel } from "./panel.tsx";
import type { Row } from "./rows.ts";
import * as state from "./state.ts";
import { say } from "./words.ts";

const mount = document.getElementById("player");
if (mount) begin(mount);

function begin(mount: HTMLElement): void {
  const now = Number(mount.dataset.now);
  if (Number.isSafeInteger(now) && now > 0) setServerTime(now);
  const page = readPage(mount);
  mount.classList.add("player");
  // In the document, not in Preact's tree: it must outlive every render.
  const audio = document.createElement("audio");
  audio.className = "player-audio";
  audio.preload = "auto";
  document.body.append(audio);
  const engine = new Engine(page, audio);
  render(
    <>
      <Panel engine={engine} page={page} />
      <Bar engine={engine} />
    </>,
    mount,
  );
  for (const row of page.rows) wire(row, engine);
  watchLeaving(engine);
  goOn(engine, page);
  engine.refreshPrices().catch(() => {
    // Rows keep what the server rendered; a play tells its own reason.
  });
}

function wire(row: Row, engine: Engine): void {
  const play = row.element.querySelector<HTMLButtonElement>(".track-play");
  if (play) {
    play.hidden = false;
    play.setAttribute("aria-label", say("row-play", { title: row.title }));
    play.addEventListener("click", () => void engine.play(row));
  }
  const preview = row.element.querySelector<HTMLElement>(".track-preview");
  preview?.setAttribute("aria-label", say("row-preview", { title: row.title }));
  preview?.addEventListener("click", (event) => {
    event.preventDefault();
    void engine.preview(row);
  });
}

/** Tells going to another page of ours from going away. */
function watchLeaving(engine: Engine): void {
  let staying = false;
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    staying = link?.origin === location.origin && link.target === "";
  });
  window.addEventListener("pagehide", () => engine.leave(staying));
}

/** After coming back: the wanted track, or the play that was left on another page. */
function goOn(engine: Engine, page: Page): void {
  const wanted = page.takeWanted();
  if (wanted) {
    state.panel.value = { kind: "limit-set", row: wanted };
    return;
  }
  const left = pickUp(Date.now());
  if (left) void engine.resume(rowOf(left, page), left);
}

function rowOf(left: Left, page: Page): Row {
  const shown = page.rows.find((row) => row.track === left.track);
  if (shown) return shown;
  const element = document.createElement("div");
  return { ...left, element, preview: null, lufsMilli: null, owned: left.n > 9 };
}
