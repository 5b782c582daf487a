// A vault that exists: open it here by a passkey, a file or the words on paper.

import { useState } from "preact/hooks";
import { recoverByFile, recoverByPasskey, recoverByWords } from "../enter.ts";
import { Do, Learns, Title } from "../parts.tsx";
import { say } from "../words.ts";
import { Passphrase } from "./passphrase.tsx";

type Way = "choose" | "file" | "words";

export function Recover() {
  const [way, setWay] = useState<Way>("choose");
  const [file, setFile] = useState<string | null>(null);
  const [words, setWords] = useState("");
  const back = (
    <Do id="ctl-back" act={() => setWay("choose")}>
      {say("cancel")}
    </Do>
  );
  if (way === "file") {
    return (
      <>
        <Title>{say("recover-file")}</Title>
        <div class="field">
          <label for="file">{say("recover-file-which")}</label>
          <input
            id="file"
            type="file"
            accept=".resonate-vault,application/json"
            onChange={(event) => {
              void event.currentTarget.files?.[0]?.text().then(setFile);
            }}
          />
        </div>
        {file === null ? null : (
          <Passphrase
            id="file-passphrase"
            label={say("recover-open")}
            main
            done={(passphrase) => recoverByFile(file, passphrase)}
          />
        )}
        {back}
      </>
    );
  }
  if (way === "words") {
    return (
      <>
        <Title>{say("recover-words")}</Title>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void recoverByWords(words);
          }}
        >
          <div class="field">
            <label for="words">{say("recover-words-label")}</label>
            <textarea
              id="words"
              rows={6}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              value={words}
              onInput={(event) => setWords(event.currentTarget.value)}
            />
            <p class="hint" role="status">
              {say("recover-words-n", {
                n: String(words.trim().split(/\s+/).filter(Boolean).length),
              })}
            </p>
          </div>
          <button type="submit" class="primary" id="ctl-words">
            {say("recover-open")}
          </button>
        </form>
        {back}
      </>
    );
  }
  return (
    <>
      <Title>{say("recover-title")}</Title>
      <p class="lead">{say("recover-lead")}</p>
      <div class="choices">
        <Do id="ctl-passkey" main act={recoverByPasskey}>
          {say("recover-passkey")}
        </Do>
        <Do id="ctl-by-file" act={() => setWay("file")}>
          {say("recover-file")}
        </Do>
        <Do id="ctl-by-sheet" act={() => setWay("words")}>
          {say("recover-words")}
        </Do>
      </div>
      <Learns what={say("recover-learns")} not={say("recover-learns-not")} />
    </>
  );
}
