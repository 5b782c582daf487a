// F1 to F22: what happened, whose side, what is kept, what to do, and details without personal data.

import { type Act, details, FAILURES } from "../../lib/failures.ts";
import { dismiss, doAct } from "../act.ts";
import { cardWords } from "../facts.ts";
import { Copyable, Do, Title } from "../parts.tsx";
import type { Failing } from "../state.ts";
import { say } from "../words.ts";

/** Put in by the build. */
declare const VERSION: string;

export function Failed({ failing }: { failing: Failing }) {
  const { failure, again } = failing;
  const { code, about = "" } = failure;
  const { side, acts } = FAILURES[code];
  const press = (act: Act) => () => doAct(act, again);
  return (
    <div class="failure" data-code={`F${code}`}>
      <Title>{heading(say(`f-${code}-cause`))}</Title>
      <dl class="facts">
        {code === 8 && about !== "" ? (
          <>
            <dt>{say("f-missing")}</dt>
            <dd>{cardWords(about)}</dd>
          </>
        ) : null}
        <dt>{say("f-side")}</dt>
        <dd>{say(`f-side-${side}`)}</dd>
        <dt>{say("f-kept")}</dt>
        <dd>{say(`f-${code}-kept`)}</dd>
        <dt>{say("f-next")}</dt>
        <dd>{say(`f-${code}-next`)}</dd>
      </dl>
      <div class="choices">
        {acts.map((act, n) => (
          <Do key={act} id={`ctl-${act}`} main={n === 0} act={press(act)}>
            {say(`f-act-${act}`)}
          </Do>
        ))}
        {acts.includes("back") || acts.includes("stop-waiting") ? null : (
          <Do id="ctl-home" act={dismiss}>
            {say("f-act-home")}
          </Do>
        )}
      </div>
      <h2>{say("f-details")}</h2>
      <p class="hint">{say("f-details-why")}</p>
      <Copyable id="details" text={details(failure, VERSION)} label={say("f-act-copy-details")} />
    </div>
  );
}

/** A sentence as a heading has no full stop. */
export function heading(sentence: string): string {
  return sentence.replace(/\.$/, "");
}
