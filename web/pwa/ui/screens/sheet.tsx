// Twenty-four words on paper: shown once, and three of them typed back.

import { random } from "@resonate/lib/platform/webcrypto";
import { useEffect, useState } from "preact/hooks";
import { type DrawnSheet, drawSheet } from "../elsewhere.ts";
import { addSheet } from "../guarded.ts";
import { Do, Title } from "../parts.tsx";
import { say } from "../words.ts";

const ASKED = 3;

export function Sheet({ done }: { done: () => void }) {
  const [sheet, setSheet] = useState<DrawnSheet | null>(null);
  const [asked, setAsked] = useState<number[] | null>(null);
  const [typed, setTyped] = useState<Record<number, string>>({});
  const [wrong, setWrong] = useState(false);
  useEffect(() => {
    void drawSheet().then(setSheet);
  }, []);
  if (!sheet) return <Title>{say("sheet-title")}</Title>;
  if (!asked) {
    return (
      <>
        <Title>{say("sheet-title")}</Title>
        <p class="lead">{say("sheet-lead")}</p>
        <ol class="sheet" id="sheet">
          {sheet.words.map((word, n) => (
            <li key={n}>{word}</li>
          ))}
        </ol>
        <div class="choices">
          <Do id="ctl-written" main act={() => setAsked(drawPositions(sheet.words.length))}>
            {say("sheet-written")}
          </Do>
          <Do id="ctl-sheet-stop" act={done}>
            {say("sheet-stop")}
          </Do>
        </div>
      </>
    );
  }
  const finish = async () => {
    const isRight = asked.every((n) => typed[n]?.trim().toLowerCase() === sheet.words[n]);
    setWrong(!isRight);
    if (isRight && (await addSheet(sheet))) done();
  };
  return (
    <>
      <Title>{say("sheet-check")}</Title>
      {asked.map((n) => (
        <div class="field" key={n}>
          <label for={`word-${n}`}>{say("sheet-word", { n: String(n + 1) })}</label>
          <input
            id={`word-${n}`}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            aria-invalid={wrong}
            onInput={(event) => setTyped({ ...typed, [n]: event.currentTarget.value })}
          />
        </div>
      ))}
      <p class="hint" role="alert">
        {wrong ? say("sheet-wrong") : ""}
      </p>
      <div class="choices">
        <Do id="ctl-sheet-done" main act={finish}>
          {say("sheet-done")}
        </Do>
        <Do id="ctl-sheet-again" act={() => setAsked(null)}>
          {say("sheet-look")}
        </Do>
      </div>
    </>
  );
}

/** Three different ones, in order. */
function drawPositions(length: number): number[] {
  const drawn = new Set<number>();
  while (drawn.size < ASKED) {
    const [byte = 0] = random(1);
    if (byte < Math.floor(256 / length) * length) drawn.add(byte % length);
  }
  return [...drawn].sort((a, b) => a - b);
}
