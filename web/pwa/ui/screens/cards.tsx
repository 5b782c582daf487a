// S3: what is there of each card, until when, and how sure that is.

import { useEffect, useState } from "preact/hooks";
import { refillNow, saveNow } from "../act.ts";
import { cardWords, factWords, valueWords } from "../facts.ts";
import { type Card, cardsOf, type Saved, savedElsewhere } from "../kept.ts";
import { A, Do, Title } from "../parts.tsx";
import { go } from "../place.ts";
import { changed, install, wallet } from "../state.ts";
import { ago, count, day, say } from "../words.ts";

export function Cards() {
  const opened = wallet.value;
  const [cards, setCards] = useState<readonly Card[] | null>(null);
  const [saved, setSaved] = useState<Saved | null>(null);
  useEffect(() => {
    if (!opened) return;
    void cardsOf(opened).then(setCards);
    void savedElsewhere(opened).then(setSaved);
  }, [opened, changed.value]);
  if (!opened) return null;
  const offered = install.value;
  return (
    <>
      <Title>{say("cards-title")}</Title>
      {saved?.ways === 1 ? (
        <p class="notice warn" id="one-way">
          {say("cards-one-way")} <A to="/ways">{say("cards-add-way")}</A>
        </p>
      ) : null}
      {cards?.length === 0 ? (
        <div class="card empty">
          <p>{say("cards-none")}</p>
        </div>
      ) : null}
      <ul class="cards">
        {cards?.map((card) => (
          <CardItem key={card.vct} card={card} now={opened.world.now()} />
        ))}
      </ul>
      <div class="choices">
        <Do id="ctl-scan" main act={() => go("/scan")}>
          {say("cards-scan")}
        </Do>
        {cards && (cards.length === 0 || cards.some((card) => card.isLow)) ? (
          <Do id="ctl-refill" act={refillNow}>
            {say("cards-refill")}
          </Do>
        ) : null}
        {offered ? (
          <Do id="ctl-install" act={offered}>
            {say("install")}
          </Do>
        ) : null}
      </div>
      <p class="quiet-text" id="saved">
        {saved?.at === null || !saved
          ? say("saved-never")
          : say("saved-at", { ago: ago(saved.at, opened.world.now()) })}{" "}
        <Do id="ctl-save" quiet act={saveNow}>
          {say("saved-now")}
        </Do>
      </p>
    </>
  );
}

function CardItem({ card, now }: { card: Card; now: number }) {
  const { vct, issuer, fresh, until, facts, statusAt, isLow } = card;
  const isOld = statusAt !== null && now - statusAt > 86_400;
  return (
    <li class="card wallet-card">
      <h2>{cardWords(vct)}</h2>
      <p class="quiet-text">{issuer}</p>
      <p>
        <strong class="stock">{count("copies", fresh)}</strong>
        {isLow ? <span class="mark warn">{say("cards-low")}</span> : null}
        {until === null ? null : <> · {say("cards-until", { day: day(until) })}</>}
      </p>
      {statusAt === null ? null : (
        <p class={isOld ? "mark warn" : "quiet-text"}>
          {say("cards-status", { ago: ago(statusAt, now) })}
        </p>
      )}
      <details>
        <summary>{say("cards-facts")}</summary>
        <dl class="facts">
          {facts.map(({ name, value }) => (
            <div key={name}>
              <dt>{factWords(name)}</dt>
              <dd>{valueWords(value)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  );
}
