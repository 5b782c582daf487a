// The code of a desk, and waiting for something that is not there yet.

import { useEffect, useState } from "preact/hooks";
import type { Question, Reply } from "../../lib/questions.ts";
import { Do, Title } from "../parts.tsx";
import { count, say } from "../words.ts";
import { heading } from "./failed.tsx";

type Asked<K extends Question["ask"]> = Extract<Question, { ask: K }>;

export function Code({
  question,
  reply,
}: {
  question: Asked<"code">;
  reply: (reply: Reply) => void;
}) {
  const [code, setCode] = useState("");
  const { text, length, digits, left } = question;
  return (
    <>
      <Title>{say("code-title")}</Title>
      {text === "" ? null : <p class="lead">{text}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (code.trim() !== "") reply({ say: "code", code: code.trim() });
        }}
      >
        <div class="field">
          <label for="code">{say("code-label")}</label>
          <input
            id="code"
            autocomplete="one-time-code"
            inputMode={digits ? "numeric" : "text"}
            {...(length === null ? {} : { maxLength: length })}
            value={code}
            onInput={(event) => setCode(event.currentTarget.value)}
          />
          {left === null ? null : <p class="hint">{count("code-left", left)}</p>}
        </div>
        <div class="decide">
          <Do id="ctl-refuse" act={() => reply({ say: "no" })}>
            {say("offer-refuse")}
          </Do>
          <button type="submit" class="primary" id="ctl-code">
            {say("code-do")}
          </button>
        </div>
      </form>
    </>
  );
}

export function Wait({
  question,
  reply,
}: {
  question: Asked<"wait">;
  reply: (reply: Reply) => void;
}) {
  const [left, setLeft] = useState(question.seconds);
  useEffect(() => {
    const timer = setInterval(() => setLeft((n) => n - 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left <= 0) reply({ say: "go-on" });
  }, [left]);
  return (
    <>
      <Title>{heading(say(`f-${question.why}-cause`))}</Title>
      <p>{say(`f-${question.why}-next`)}</p>
      <p class="big-number" id="wait-left">
        {count("wait-left", Math.max(0, left))}
      </p>
      <div class="choices">
        <Do id="ctl-go-on" main act={() => reply({ say: "go-on" })}>
          {say("wait-now")}
        </Do>
        <Do id="ctl-stop" act={() => reply({ say: "no" })}>
          {say("f-act-stop-waiting")}
        </Do>
      </div>
    </>
  );
}
