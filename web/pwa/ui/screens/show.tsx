// S5 and S6: who asks, why, and one switch for each fact. All are off until the person turns them on.

import { useState } from "preact/hooks";
import type { CardAsked, Fact, Question, Reply } from "../../lib/questions.ts";
import { cardWords, factWords, valueWords } from "../facts.ts";
import { touchGuard } from "../guarded.ts";
import { Do, Learns, Title } from "../parts.tsx";
import { count, known, say } from "../words.ts";
import { Signed, signedButton } from "./signed.tsx";

type Show = Extract<Question, { ask: "show" }>;

export function ShowQuestion({
  question,
  reply,
}: {
  question: Show;
  reply: (reply: Reply) => void;
}) {
  const [on, setOn] = useState<ReadonlySet<string>>(new Set());
  const [number, setNumber] = useState("");
  const [second, setSecond] = useState(false);
  const { verifier, cards, signs, otherDevice } = question;
  const all = cards.flatMap((card) => card.facts.map((fact) => nameOf(card, fact)));
  const turn = (name: string) => {
    const next = new Set(on);
    if (!next.delete(name)) next.add(name);
    setOn(next);
  };
  const isWhole = on.size === all.length && (!otherDevice || /^[0-9]{2}$/.test(number));
  const show = async () => {
    // From another screen an app that is new here is asked about twice.
    if (otherDevice && verifier.isFirstTime && !second) return setSecond(true);
    const guard = question.isGuarded ? await touchGuard() : undefined;
    if (question.isGuarded && !guard) return;
    const named = cards.map((card): [string, string[]] => [
      card.id,
      card.facts.filter((fact) => on.has(nameOf(card, fact))).map((fact) => fact.key),
    ]);
    reply({
      say: "show",
      on: Object.fromEntries(named),
      ...(otherDevice ? { number } : {}),
      ...(guard ? { guard } : {}),
    });
  };
  return (
    <>
      <Title>{say(`show-${question.act}-title`, { who: verifier.name })}</Title>
      <Who question={question} />
      {signs.map((transaction) => (
        <Signed key={transaction.id} transaction={transaction} />
      ))}
      {cards.map((card) => (
        <Card key={card.id} card={card} on={on} turn={turn} />
      ))}
      {all.length > 1 ? (
        <Do id="ctl-all" act={() => setOn(on.size === all.length ? new Set() : new Set(all))}>
          {on.size === all.length ? say("show-none") : say("show-all", { n: String(all.length) })}
        </Do>
      ) : null}
      {otherDevice ? <OtherScreen number={number} setNumber={setNumber} /> : null}
      {isWhole || all.length === 0 ? null : (
        <p class="hint" id="show-why-not">
          {on.size < all.length ? say("show-need-all") : say("show-need-number")}
        </p>
      )}
      {second ? <p class="notice warn">{say("show-second", { who: verifier.name })}</p> : null}
      <div class="decide">
        <Do id="ctl-refuse" act={() => reply({ say: "no" })}>
          {say("show-refuse")}
        </Do>
        <Do id="ctl-show" main off={!isWhole} act={show}>
          {signs[0]
            ? signedButton(signs[0])
            : all.length
              ? count("show-do", on.size)
              : say("show-sign-in")}
        </Do>
      </div>
      <Learns
        what={signs.length > 0 ? say("show-learns-signed") : say("show-learns")}
        not={say("show-learns-not")}
      />
    </>
  );
}

function nameOf(card: CardAsked, fact: Fact): string {
  return `${card.id} ${fact.key}`;
}

function Who({ question }: { question: Show }) {
  const { verifier, purpose, askedFor } = question;
  const why = purpose === null ? null : `purpose-${purpose.replaceAll(".", "-")}`;
  return (
    <dl class="facts">
      <dt>{say("show-who")}</dt>
      <dd>
        <strong id="verifier">{verifier.name}</strong>{" "}
        {verifier.isFirstTime ? (
          <span class="mark warn" id="first-time">
            {say("show-first")}
          </span>
        ) : null}
        <br />
        <span class="quiet-text">
          {verifier.origin} · {say(`show-proof-${verifier.proof}`)}
        </span>
      </dd>
      {askedFor === null ? null : (
        <>
          <dt>{say("show-asked-for")}</dt>
          <dd>{askedFor}</dd>
        </>
      )}
      {why === null || !known(why) ? null : (
        <>
          <dt>{say("show-why")}</dt>
          <dd id="purpose">{say(why)}</dd>
        </>
      )}
    </dl>
  );
}

function Card({
  card,
  on,
  turn,
}: {
  card: CardAsked;
  on: ReadonlySet<string>;
  turn: (name: string) => void;
}) {
  return (
    <fieldset class="switches">
      <legend>{say("show-from", { card: cardWords(card.vct) })}</legend>
      {card.facts.length === 0 ? <p>{say("show-only-card")}</p> : null}
      {card.facts.map((fact) => {
        const name = nameOf(card, fact);
        return (
          <label class="switch" key={name}>
            <input
              type="checkbox"
              role="switch"
              checked={on.has(name)}
              aria-checked={on.has(name)}
              onChange={() => turn(name)}
            />
            <span>
              <strong>{factWords(fact.name)}</strong>
              {fact.isNew ? <span class="mark">{say("show-new")}</span> : null}
              <br />
              <span class="value">{valueWords(fact.value)}</span>
            </span>
          </label>
        );
      })}
    </fieldset>
  );
}

function OtherScreen({ number, setNumber }: { number: string; setNumber: (n: string) => void }) {
  return (
    <div class="notice warn">
      <p>{say("show-other")}</p>
      <div class="field">
        <label for="number">{say("show-number")}</label>
        <input
          id="number"
          inputMode="numeric"
          autocomplete="off"
          maxLength={2}
          value={number}
          onInput={(event) => setNumber(event.currentTarget.value)}
        />
      </div>
    </div>
  );
}
