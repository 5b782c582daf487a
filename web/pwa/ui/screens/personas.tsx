// S9: the switcher. The only place where two names of one person stand together, and only after a
// press: the screen opens with the one that is in use.

import { random } from "@resonate/lib/platform/webcrypto";
import { useState } from "preact/hooks";
import { personas } from "../../lib/personas.ts";
import type { Persona } from "../../lib/vault/body.ts";
import { newPersona, switchPersona } from "../act.ts";
import { drawName, isName } from "../names.ts";
import { Do, Learns, Title } from "../parts.tsx";
import { wallet } from "../state.ts";
import { say } from "../words.ts";

export function Personas() {
  const opened = wallet.value;
  const [all, setAll] = useState<readonly Persona[] | null>(null);
  const [name, setName] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  if (!opened) return null;
  const make = async () => {
    const isGood = name !== null && isName(name);
    setWrong(!isGood);
    if (isGood) await newPersona(name);
  };
  if (name !== null) {
    return (
      <>
        <Title>{say("persona-new-title")}</Title>
        <p class="lead">{say("persona-new-lead")}</p>
        <div class="field">
          <label for="persona-name">{say("start-name")}</label>
          <input
            id="persona-name"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            value={name}
            aria-invalid={wrong}
            aria-describedby="persona-hint"
            onInput={(event) => setName(event.currentTarget.value.trim().toLowerCase())}
          />
          <p class="hint" id="persona-hint">
            {say(wrong ? "start-name-wrong" : "start-name-hint")}
          </p>
        </div>
        <div class="choices">
          <Do id="ctl-make-persona" main act={make}>
            {say("persona-make")}
          </Do>
          <Do id="ctl-no-persona" act={() => setName(null)}>
            {say("cancel")}
          </Do>
        </div>
        <Learns what={say("start-learns")} not={say("persona-learns-not")} />
      </>
    );
  }
  return (
    <>
      <Title>{say("persona-title")}</Title>
      <p class="lead">{say("persona-lead")}</p>
      <p class="card" id="persona-now">
        <span class="quiet-text">{say("persona-now")}</span> <strong>{opened.persona.name}</strong>
      </p>
      {all === null ? null : (
        <ul class="choices" id="personas">
          {all
            .filter(({ id }) => id !== opened.persona.id)
            .map((persona) => (
              <li key={persona.id}>
                <Do id={`ctl-use-${persona.name}`} act={() => switchPersona(persona)}>
                  {say("persona-use", { name: persona.name })}
                </Do>
              </li>
            ))}
          {all.length === 1 ? <li class="card empty">{say("persona-none")}</li> : null}
        </ul>
      )}
      <div class="choices">
        {all === null ? (
          <Do id="ctl-switch" act={() => setAll(personas(opened))}>
            {say("persona-switch")}
          </Do>
        ) : null}
        <Do id="ctl-new-persona" main act={() => setName(drawName(random))}>
          {say("persona-new")}
        </Do>
      </div>
    </>
  );
}
