// S8: the ways in, a backup file, and when the vault was last saved elsewhere.

import { useEffect, useState } from "preact/hooks";
import { addPasskey, removeWay, saveFile } from "../guarded.ts";
import { type Saved, savedElsewhere, type WayIn, waysOf } from "../kept.ts";
import { Do, Title } from "../parts.tsx";
import { changed, wallet } from "../state.ts";
import { ago, say } from "../words.ts";
import { NewPassphrase } from "./passphrase.tsx";
import { Picture } from "./picture.tsx";

type Doing = "list" | "file" | "add";

export function Ways() {
  const opened = wallet.value;
  const [ways, setWays] = useState<readonly WayIn[]>([]);
  const [saved, setSaved] = useState<Saved | null>(null);
  const [doing, setDoing] = useState<Doing>("list");
  const [ending, setEnding] = useState<WayIn | null>(null);
  useEffect(() => {
    if (!opened) return;
    void waysOf().then(setWays);
    void savedElsewhere(opened).then(setSaved);
  }, [opened, changed.value]);
  if (!opened) return null;
  const back = () => setDoing("list");
  if (doing === "add") return <Add back={back} />;
  if (doing === "file") return <File back={back} />;
  if (ending) return <End way={ending} back={() => setEnding(null)} />;
  const now = opened.world.now();
  return (
    <>
      <Title>{say("ways-title")}</Title>
      <p class="lead">{say("ways-lead")}</p>
      <ul class="ways-in">
        {ways.map((way) => (
          <li key={way.id} class="card">
            <strong>{say(`way-${way.kind}`)}</strong>
            <span class="quiet-text">{say(`way-${way.kind}-why`)}</span>
            {ways.length > 1 && way.kind !== "unknown" ? (
              <Do id={`ctl-end-${way.kind}`} quiet act={() => setEnding(way)}>
                {say("way-end")}
              </Do>
            ) : null}
          </li>
        ))}
      </ul>
      <div class="choices">
        <Do id="ctl-add-way" main act={() => setDoing("add")}>
          {say("ways-add")}
        </Do>
        <Do id="ctl-file" act={() => setDoing("file")}>
          {say("ways-file")}
        </Do>
      </div>
      <p class="quiet-text">
        {saved?.at == null ? say("saved-never") : say("saved-at", { ago: ago(saved.at, now) })}
      </p>
      <h2>{say("ways-device")}</h2>
      <p>{say("ways-device-why")}</p>
      <Picture url={`${location.origin}/recover`} />
    </>
  );
}

function Add({ back }: { back: () => void }) {
  return (
    <>
      <Title>{say("ways-add")}</Title>
      <p class="lead">{say("ways-add-lead")}</p>
      <div class="choices">
        <Do id="ctl-second" main act={async () => void ((await addPasskey()) && back())}>
          {say("back-in-passkey")}
        </Do>
        <Do id="ctl-back" act={back}>
          {say("cancel")}
        </Do>
      </div>
      <p class="hint">{say("back-in-passkey-hint")}</p>
    </>
  );
}

function File({ back }: { back: () => void }) {
  return (
    <>
      <Title>{say("file-title")}</Title>
      <p class="lead">{say("file-lead")}</p>
      <NewPassphrase
        label={say("file-save")}
        done={async (passphrase) => void ((await saveFile(passphrase)) && back())}
      />
      <Do id="ctl-back" act={back}>
        {say("cancel")}
      </Do>
    </>
  );
}

function End({ way, back }: { way: WayIn; back: () => void }) {
  return (
    <>
      <Title>{say("end-title", { way: say(`way-${way.kind}`) })}</Title>
      <p class="notice warn">{say("end-lead")}</p>
      <div class="choices">
        <Do id="ctl-end-sure" main act={async () => void ((await removeWay(way.id)) && back())}>
          {say("end-do")}
        </Do>
        <Do id="ctl-back" act={back}>
          {say("end-keep")}
        </Do>
      </div>
    </>
  );
}
