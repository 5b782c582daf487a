// S2: how you get back in. Asked once, right after joining; a banner stays for those who choose Later.

import { leaveStart } from "../act.ts";
import { addPasskey } from "../guarded.ts";
import { Do, Learns, Title } from "../parts.tsx";
import { say } from "../words.ts";

export function GetBackIn() {
  return (
    <>
      <Title>{say("back-in-title")}</Title>
      <p class="lead">{say("back-in-lead")}</p>
      <div class="choices">
        <Do id="ctl-second" main act={async () => void ((await addPasskey()) && leaveStart())}>
          {say("back-in-passkey")}
        </Do>
        <Do id="ctl-later" act={leaveStart}>
          {say("back-in-later")}
        </Do>
      </div>
      <p class="hint">{say("back-in-passkey-hint")}</p>
      <Learns what={say("learns-nothing")} not={say("back-in-learns-not")} />
    </>
  );
}
