// Locked: one touch, or the passphrase.

import { useEffect, useState } from "preact/hooks";
import { keptDocument } from "../../lib/opened.ts";
import { unlockByPasskey, unlockByPassphrase } from "../enter.ts";
import { A, Do, Title } from "../parts.tsx";
import { place } from "../place.ts";
import { store } from "../platform.ts";
import { say } from "../words.ts";
import { Passphrase } from "./passphrase.tsx";

export function Unlock() {
  const [kinds, setKinds] = useState<ReadonlySet<string>>(new Set(["prf"]));
  useEffect(() => {
    // What cannot be read is said when it is opened.
    keptDocument(store).then(
      (document) => setKinds(new Set(document?.slots.map(({ kind }) => kind))),
      () => undefined,
    );
  }, []);
  const hasPasskey = kinds.has("prf");
  const why = { "/present": "unlock-present", "/offer": "unlock-offer" }[place.value.path];
  return (
    <>
      <Title>{say("unlock-title")}</Title>
      {why ? <p class="lead">{say(why)}</p> : null}
      {hasPasskey ? (
        <div class="choices">
          <Do id="ctl-unlock" main act={unlockByPasskey}>
            {say("unlock-passkey")}
          </Do>
        </div>
      ) : null}
      {kinds.has("passphrase") ? (
        <Passphrase
          id="passphrase"
          label={say("unlock-passphrase")}
          main={!hasPasskey}
          done={unlockByPassphrase}
        />
      ) : null}
      <p>
        <A to="/recover" id="ctl-other-way">
          {say("unlock-other")}
        </A>
      </p>
    </>
  );
}
