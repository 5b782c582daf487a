// A new passphrase: six words drawn, or own text from fourteen characters. Typed once more.

import { random } from "@resonate/lib/platform/webcrypto";
import { useState } from "preact/hooks";
import { drawPhrase } from "../names.ts";
import { Do } from "../parts.tsx";
import { say } from "../words.ts";

const LEAST = 14;

export function NewPassphrase({
  label,
  done,
}: {
  label: string;
  done: (passphrase: string) => Promise<void>;
}) {
  const [drawn] = useState(() => drawPhrase(random));
  const [text, setText] = useState("");
  const [own, setOwn] = useState(false);
  const [again, setAgain] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const chosen = own ? text : drawn;
  const finish = async () => {
    if (chosen.trim().length < LEAST) return setWrong("phrase-short");
    if (again.trim() !== chosen.trim()) return setWrong("phrase-differs");
    setWrong(null);
    await done(chosen.trim());
  };
  const typed = {
    id: "phrase-again",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: false,
    value: again,
    "aria-invalid": wrong !== null,
    "aria-describedby": "phrase-says",
    onInput: (event: InputEvent) => {
      if (event.currentTarget instanceof HTMLInputElement) setAgain(event.currentTarget.value);
    },
  } as const;
  return (
    <div class="passphrase">
      {own ? (
        <div class="field">
          <label for="phrase">{say("phrase-own")}</label>
          <input
            id="phrase"
            type="password"
            autocomplete="new-password"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </div>
      ) : (
        <>
          <p id="phrase-why">{say("phrase-drawn")}</p>
          <p class="six-words" id="drawn">
            {drawn}
          </p>
        </>
      )}
      <div class="field">
        <label for="phrase-again">{say("phrase-again")}</label>
        {own ? <input type="password" {...typed} /> : <input type="text" {...typed} />}
        <p class="hint" id="phrase-says">
          {say(wrong ?? "phrase-slow")}
        </p>
      </div>
      <div class="choices">
        <Do id="ctl-phrase" main act={finish}>
          {label}
        </Do>
        <Do id="ctl-own" quiet act={() => setOwn(!own)}>
          {say(own ? "phrase-draw" : "phrase-type")}
        </Do>
      </div>
    </div>
  );
}

/** A passphrase that exists already. */
export function Passphrase({
  id,
  label,
  main,
  done,
}: {
  id: string;
  label: string;
  main: boolean;
  done: (passphrase: string) => Promise<void>;
}) {
  const [text, setText] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void done(text.trim());
      }}
    >
      <div class="field">
        <label for={id}>{say("phrase")}</label>
        <input
          id={id}
          type="password"
          autocomplete="current-password"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <p class="hint">{say("phrase-slow")}</p>
      </div>
      <button type="submit" id={`ctl-${id}`} class={main ? "primary" : ""}>
        {label}
      </button>
    </form>
  );
}
