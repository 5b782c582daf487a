// S4: who gives a card, which, and the facts it will hold.

import { useEffect } from "preact/hooks";
import type { Question, Reply } from "../../lib/questions.ts";
import { takeFromAddress } from "../act.ts";
import { cardWords, factWords } from "../facts.ts";
import { Do, Learns, Title } from "../parts.tsx";
import { place } from "../place.ts";
import { count, day, say } from "../words.ts";

/** The address holds an offer, or the end of a login: the flow begins at once and asks by itself. */
export function Offer() {
  const at = `${place.value.path}?${place.value.query}`;
  useEffect(() => {
    void takeFromAddress();
  }, [at]);
  return <Title>{say("offer-reading")}</Title>;
}

type Take = Extract<Question, { ask: "take" }>;

export function OfferQuestion({
  question,
  reply,
}: {
  question: Take;
  reply: (reply: Reply) => void;
}) {
  const { issuer, isFirstTime, vct, copies, facts, until } = question;
  return (
    <>
      <Title>{say("offer-title", { card: cardWords(vct) })}</Title>
      <dl class="facts">
        <dt>{say("offer-from")}</dt>
        <dd>
          <strong id="issuer">{host(issuer)}</strong>{" "}
          {isFirstTime ? <span class="mark warn">{say("show-first")}</span> : null}
        </dd>
        <dt>{say("offer-facts")}</dt>
        <dd>
          <ul>
            {facts.map((fact) => (
              <li key={fact}>{factWords(fact)}</li>
            ))}
          </ul>
        </dd>
        <dt>{say("offer-copies")}</dt>
        <dd>{count("copies", copies)}</dd>
        {until === null ? null : (
          <>
            <dt>{say("offer-until")}</dt>
            <dd>{day(until)}</dd>
          </>
        )}
      </dl>
      <div class="decide">
        <Do id="ctl-refuse" act={() => reply({ say: "no" })}>
          {say("offer-refuse")}
        </Do>
        <Do id="ctl-take" main act={() => reply({ say: "take" })}>
          {say("offer-take")}
        </Do>
      </div>
      <Learns what={say("offer-learns")} not={say("offer-learns-not")} />
    </>
  );
}

function host(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).host : issuer;
}
