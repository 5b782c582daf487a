// Which screen is shown: a failure first, then a question, then where the person is.

import type { ComponentChild } from "preact";
import { Title } from "./parts.tsx";
import { place } from "./place.ts";
import { About } from "./screens/about.tsx";
import { GetBackIn } from "./screens/back_in.tsx";
import { Cards } from "./screens/cards.tsx";
import { Code, Wait } from "./screens/desk.tsx";
import { Failed } from "./screens/failed.tsx";
import { History } from "./screens/history.tsx";
import { Landing, NoWalletFor } from "./screens/landing.tsx";
import { Offer, OfferQuestion } from "./screens/offer.tsx";
import { Personas } from "./screens/personas.tsx";
import { Present } from "./screens/present.tsx";
import { Recover } from "./screens/recover.tsx";
import { Scan } from "./screens/scan.tsx";
import { ShowQuestion } from "./screens/show.tsx";
import { Start } from "./screens/start.tsx";
import { Unlock } from "./screens/unlock.tsx";
import { Ways } from "./screens/ways.tsx";
import { Wipe } from "./screens/wipe.tsx";
import * as state from "./state.ts";
import { say } from "./words.ts";

export function Screen() {
  const failing = state.failing.value;
  if (failing) return <Failed failing={failing} />;
  const asking = state.asking.value;
  if (asking) return <Question asking={asking} />;
  const { path } = place.value;
  switch (state.phase.value) {
    case "loading":
      return <Title>{say("loading")}</Title>;
    case "none":
      return without(path);
    case "locked":
      return locked(path);
    case "open":
      return open(path);
  }
}

function Question({ asking }: { asking: state.Asking }) {
  const { question, reply } = asking;
  switch (question.ask) {
    case "show":
      return <ShowQuestion question={question} reply={reply} />;
    case "take":
      return <OfferQuestion question={question} reply={reply} />;
    case "code":
      return <Code question={question} reply={reply} />;
    case "wait":
      return <Wait question={question} reply={reply} />;
  }
}

function without(path: string): ComponentChild {
  switch (path) {
    case "/start":
      return <Start />;
    case "/recover":
      return <Recover />;
    case "/about":
      return <About />;
    case "/present":
    case "/offer":
    case "/cb":
      return <NoWalletFor path={path} />;
    default:
      return <Landing />;
  }
}

function locked(path: string): ComponentChild {
  switch (path) {
    case "/recover":
      return <Recover />;
    case "/about":
      return <About />;
    case "/lock":
      return <Wipe />;
    default:
      return <Unlock />;
  }
}

function open(path: string): ComponentChild {
  if (state.isNew.value) return <GetBackIn />;
  switch (path) {
    case "/present":
      return <Present />;
    case "/offer":
    case "/cb":
      return <Offer />;
    case "/scan":
      return <Scan />;
    case "/history":
      return <History />;
    case "/personas":
      return <Personas />;
    case "/ways":
      return <Ways />;
    case "/lock":
      return <Wipe />;
    case "/about":
      return <About />;
    default:
      return <Cards />;
  }
}
