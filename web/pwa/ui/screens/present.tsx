// The address holds a request: its flow begins at once and asks by itself.

import { useEffect } from "preact/hooks";
import { answerAddress } from "../act.ts";
import { Title } from "../parts.tsx";
import { place } from "../place.ts";
import { askedBy } from "../preview.ts";
import { say } from "../words.ts";
import { Unreadable } from "./landing.tsx";

export function Present() {
  const { query } = place.value;
  const isRequest = askedBy(query) !== null;
  const at = query.toString();
  useEffect(() => {
    if (isRequest) void answerAddress();
  }, [at]);
  return isRequest ? <Title>{say("present-reading")}</Title> : <Unreadable />;
}
