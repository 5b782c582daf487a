// S11: everything on this device is gone in two taps, with or without a network.

import { wipeNow } from "../act.ts";
import { Do, Title } from "../parts.tsx";
import { go } from "../place.ts";
import { say } from "../words.ts";

export function Wipe() {
  return (
    <>
      <Title>{say("wipe-title")}</Title>
      <p class="lead">{say("wipe-lead")}</p>
      <ul>
        <li>{say("wipe-gone")}</li>
        <li>{say("wipe-out")}</li>
        <li>{say("wipe-stays")}</li>
        <li>{say("wipe-back")}</li>
      </ul>
      <div class="choices">
        <Do id="ctl-wipe" main act={wipeNow}>
          {say("wipe-do")}
        </Do>
        <Do id="ctl-keep" act={() => go("/")}>
          {say("wipe-keep")}
        </Do>
      </div>
    </>
  );
}
