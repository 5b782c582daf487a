// S7: whom this persona showed what. Kept on this device and in the vault; it can be deleted.

import { useState } from "preact/hooks";
import { type Disclosure, disclosures } from "../../lib/history.ts";
import { forgetDisclosure, saveHistory } from "../act.ts";
import { cardWords, factWords } from "../facts.ts";
import { A, Do, Title } from "../parts.tsx";
import { place } from "../place.ts";
import { changed, wallet } from "../state.ts";
import { count, dateTime, day, say } from "../words.ts";

export function History() {
  const opened = wallet.value;
  // Read again when something was added or deleted.
  changed.value;
  if (!opened) return null;
  const all = disclosures(opened);
  const one = all.find(({ id }) => id === place.value.query.get("id"));
  if (one) return <Detail one={one} />;
  return (
    <>
      <Title>{say("history-title")}</Title>
      <p class="lead">{say("history-lead")}</p>
      {all.length === 0 ? <p class="card empty">{say("history-none")}</p> : null}
      <ol class="disclosures">
        {all.map((each) => (
          <li key={each.id} class="card">
            <A to={`/history?id=${encodeURIComponent(each.id)}`}>{each.name}</A>
            <span class="quiet-text">
              {day(each.at)} · {what(each)} · {say(`history-${each.end}`)}
            </span>
          </li>
        ))}
      </ol>
      {all.length === 0 ? null : (
        <Do id="ctl-save-history" main act={() => saveHistory(all)}>
          {say("history-save")}
        </Do>
      )}
    </>
  );
}

function what(one: Disclosure): string {
  if (one.signed.length > 0) return say("history-signed");
  return one.cards.length === 0 ? say("history-sign-in") : count("history-facts", one.facts.length);
}

function Detail({ one }: { one: Disclosure }) {
  const [sure, setSure] = useState(false);
  return (
    <>
      <Title>{say("history-one", { who: one.name })}</Title>
      <dl class="facts">
        <dt>{say("history-when")}</dt>
        <dd>{dateTime(one.at)}</dd>
        <dt>{say("history-who")}</dt>
        <dd>{one.origin}</dd>
        <dt>{say("history-end")}</dt>
        <dd>{say(`history-${one.end}-why`)}</dd>
        {one.cards.length === 0 ? null : (
          <>
            <dt>{say("history-cards")}</dt>
            <dd>{one.cards.map(cardWords).join(", ")}</dd>
          </>
        )}
        <dt>{say("history-shown")}</dt>
        <dd>
          {one.facts.length === 0 ? (
            say("history-only-key")
          ) : (
            <ul>
              {one.facts.map((fact) => (
                <li key={fact}>{factWords(fact)}</li>
              ))}
            </ul>
          )}
        </dd>
      </dl>
      {one.signed.map((text) => (
        <details key={text}>
          <summary>{say("history-text")}</summary>
          <pre class="command">
            <code>{readable(text)}</code>
          </pre>
        </details>
      ))}
      <div class="choices">
        <a class="button" id="ctl-ask-delete" href={one.origin} rel="noreferrer" target="_blank">
          {say("history-ask-delete")}
        </a>
        {sure ? (
          <Do id="ctl-forget-sure" act={() => forgetDisclosure(one.id)}>
            {say("history-forget-sure")}
          </Do>
        ) : (
          <Do id="ctl-forget" act={() => setSure(true)}>
            {say("history-forget")}
          </Do>
        )}
      </div>
      <p class="hint">{say("history-ask-delete-hint")}</p>
      <p>
        <A to="/history">{say("history-back")}</A>
      </p>
    </>
  );
}

/** A signed text as it was sent is base64url; people read what it says. */
function readable(text: string): string {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return text;
  }
}
