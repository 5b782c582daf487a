// A vault that exists: open it here by a passkey, a file or the words on paper.

import { useState } from "preact/hooks";
import { recoverByFile, recoverByPasskey } from "../enter.ts";
import { Do, Learns, Title } from "../parts.tsx";
import { say } from "../words.ts";
import { Passphrase } from "./passphrase.tsx";

type Way = "choose" | "file";

export function Recover() {
  const [way, setWay] = useState<Way>("choose");
  const [file, setFile] = useState<string | null>(null);
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
      </div>
      <Learns what={say("recover-learns")} not={say("recover-learns-not")} />
    </>
  );
}
