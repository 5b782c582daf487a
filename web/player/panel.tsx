// When the answer is not simply music: what happened, what was kept, what to do. One thing at a time.

import { useSignal } from "@preact/signals";
import { credits } from "@resonate/lib/credits";
import type { Problem } from "@resonate/lib/problem";
import type { ComponentChildren } from "preact";
import type { Via } from "./api.ts";
import type { Engine } from "./engine.ts";
import type { Page } from "./page.ts";
import type { Row } from "./rows.ts";
import * as state from "./state.ts";
import { say } from "./words.ts";

const LIMITS = [2_000_000, 5_000_000, 10_000_000, 20_000_000] as const;
const DEFAULT_LIMIT = 5_000_000;

export function Panel({ engine, page }: { engine: Engine; page: Page }) {
  const panel = state.panel.value;
  switch (panel?.kind) {
    case undefined:
      return null;
    case "sign-in":
      return <SignIn page={page} />;
    case "limit":
      return <Limit engine={engine} row={panel.row} formToken={panel.formToken} />;
    case "limit-set":
      return (
        <Frame title={panel.row.title} text={say("panel-limit-set")}>
          <Play engine={engine} row={panel.row} words={say("bar-play")} />
        </Frame>
      );
    case "start-paid": {
      const price = credits(panel.row.price);
      return (
        <Frame title={panel.row.title} text={say("panel-start-paid", { price })}>
          <Play
            engine={engine}
            row={panel.row}
            words={say("panel-start-paid-do", { price })}
            agreed
          />
        </Frame>
      );
    }
    case "price": {
      const price = credits(panel.price);
      return (
        <Frame title={say("panel-price-title")} text={say("panel-price", { price })}>
          <Play engine={engine} row={panel.row} words={say("panel-price-do", { price })} />
        </Frame>
      );
    }
    case "elsewhere":
      return <Frame title={say("panel-elsewhere-title")} text={say("panel-elsewhere")} />;
    case "network":
      return <Network engine={engine} />;
    case "refused":
      return <Refusal engine={engine} row={panel.row} problem={panel.problem} />;
  }
}

function Frame(props: { title: string; text: string; children?: ComponentChildren }) {
  return (
    <section class="panel" role="alertdialog" aria-label={props.title}>
      <h2>{props.title}</h2>
      <p>{props.text}</p>
      <div class="panel-acts">
        {props.children}
        <button
          type="button"
          onClick={() => {
            state.panel.value = null;
          }}
        >
          {say("panel-close")}
        </button>
      </div>
    </section>
  );
}

function Play(props: { engine: Engine; row: Row; words: string; agreed?: boolean }) {
  const { engine, row, words, agreed = false } = props;
  return (
    <button class="primary" type="button" onClick={() => void engine.play(row, agreed)}>
      {words}
    </button>
  );
}

function SignIn({ page }: { page: Page }) {
  return (
    <Frame title={say("panel-sign-in-title")} text={say("panel-sign-in")}>
      <a class="button primary" href={page.join}>
        {say("panel-join-do")}
      </a>
      <a class="button" href={page.login}>
        {say("panel-sign-in-do")}
      </a>
    </Frame>
  );
}

function Limit({ engine, row, formToken }: { engine: Engine; row: Row; formToken: string }) {
  const total = useSignal(DEFAULT_LIMIT);
  const busy = useSignal(false);
  const confirm = (via: Via) => {
    if (busy.value) return;
    busy.value = true;
    void engine.setLimit(row, { total: total.value, via, formToken }).finally(() => {
      busy.value = false;
    });
  };
  return (
    <section class="panel" role="alertdialog" aria-label={say("panel-limit-title")}>
      <h2>{say("panel-limit-title")}</h2>
      <p>{say("panel-limit")}</p>
      <label>
        {say("panel-limit-total")}
        <select
          onChange={(event) => {
            total.value = Number(event.currentTarget.value);
          }}
        >
          {LIMITS.map((limit) => (
            <option value={limit} selected={limit === total.value}>
              {say("panel-limit-credits", { total: credits(limit, 0) })}
            </option>
          ))}
        </select>
      </label>
      <p class="quiet-text">{say("panel-limit-play")}</p>
      <div class="panel-acts">
        <button
          class="primary"
          type="button"
          aria-busy={busy.value}
          onClick={() => confirm("passkey")}
        >
          {say("panel-limit-do")}
        </button>
        <button type="button" onClick={() => confirm("wallet")}>
          {say("panel-limit-wallet")}
        </button>
        <button type="button" onClick={() => void engine.close()}>
          {say("panel-limit-no")}
        </button>
      </div>
      <p class="learns">{say("panel-limit-learns")}</p>
    </section>
  );
}

function Network({ engine }: { engine: Engine }) {
  const row = state.current.value;
  return (
    <Frame title={say("panel-network-title")} text={say("panel-network")}>
      {row ? <Play engine={engine} row={row} words={say("panel-again")} /> : null}
    </Frame>
  );
}

/** 402, 503 and whatever else the server says no with. The queue stays, nothing was charged. */
function Refusal({ engine, row, problem }: { engine: Engine; row: Row; problem: Problem }) {
  const amount = (name: string) => {
    const value = problem.members[name];
    return typeof value === "number" ? credits(value) : "?";
  };
  const preview = (
    <button type="button" onClick={() => void engine.preview(row)}>
      {say("bar-preview")}
    </button>
  );
  switch (problem.slug) {
    case "funds": {
      const text = say("panel-funds", { price: amount("price"), available: amount("available") });
      return (
        <Frame title={say("panel-funds-title")} text={text}>
          <a class="button primary" href="/purse">
            {say("bar-topup")}
          </a>
          {preview}
        </Frame>
      );
    }
    case "mandate-limit": {
      const day = String(problem.members.frees_on ?? "?");
      return (
        <Frame
          title={say("panel-mandate-title")}
          text={say("panel-mandate", { limit: amount("limit"), day })}
        >
          <a class="button primary" href="/purse">
            {say("panel-mandate-do")}
          </a>
          {preview}
        </Frame>
      );
    }
    case "peer-away":
      return (
        <Frame title={say("panel-away-title")} text={say("panel-away")}>
          <Play engine={engine} row={row} words={say("panel-again")} />
          {preview}
        </Frame>
      );
    default:
      return (
        <Frame title={say("panel-refused-title")} text={problem.detail ?? problem.title}>
          {preview}
          <Codes problem={problem} />
        </Frame>
      );
  }
}

function Codes({ problem }: { problem: Problem }) {
  const request = problem.request ? `, ${say("panel-request", { id: problem.request })}` : "";
  return <p class="quiet-text">{say("panel-code", { slug: problem.slug }) + request}</p>;
}
