// S1: a name, and one touch. The vault is made on this device before anything is sent.

import { random } from "@resonate/lib/platform/webcrypto";
import { useEffect, useState } from "preact/hooks";
import { warmUp } from "../act.ts";
import { makeByPasskey, makeByPassphrase } from "../enter.ts";
import { drawName, isName } from "../names.ts";
import { Do, Learns, Title } from "../parts.tsx";
import { place, rememberThen } from "../place.ts";
import { say } from "../words.ts";
import { NewPassphrase } from "./passphrase.tsx";

export function Start() {
  const [name, setName] = useState(() => drawName(random));
  const [wrong, setWrong] = useState(false);
  const [byWords, setByWords] = useState(place.value.query.get("by") === "passphrase");
  useEffect(() => {
    const back = place.value.query.get("return");
    if (back) rememberThen(back);
  }, []);
  const go = (make: () => Promise<void>) => {
    setWrong(!isName(name));
    // The work that stands before joining is done while the person finds a finger.
    if (isName(name)) warmUp();
    return isName(name) ? make() : Promise.resolve();
  };
  return (
    <>
      <Title>{say("start-title")}</Title>
      <p class="lead">{say("start-lead")}</p>
      <div class="field">
        <label for="name">{say("start-name")}</label>
        <div class="with-button">
          <input
            id="name"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            value={name}
            aria-invalid={wrong}
            aria-describedby="name-hint"
            onInput={(event) => setName(event.currentTarget.value.trim().toLowerCase())}
          />
          <Do id="ctl-reroll" act={() => setName(drawName(random))}>
            {say("start-reroll")}
          </Do>
        </div>
        <p class="hint" id="name-hint">
          {say(wrong ? "start-name-wrong" : "start-name-hint")}
        </p>
      </div>
      {byWords ? (
        <NewPassphrase
          label={say("start-continue")}
          done={(p) => go(() => makeByPassphrase(name, p))}
        />
      ) : (
        <div class="choices">
          <Do id="ctl-continue" main act={() => go(() => makeByPasskey(name))}>
            {say("start-continue")}
          </Do>
          <Do id="ctl-by-words" quiet act={() => setByWords(true)}>
            {say("start-by-words")}
          </Do>
        </div>
      )}
      <Learns what={say("start-learns")} not={say("start-learns-not")} />
    </>
  );
}
