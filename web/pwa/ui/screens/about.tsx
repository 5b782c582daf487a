// S12: what this wallet promises, what it cannot do, and which code this is.

import { useEffect, useState } from "preact/hooks";
import { Do, Title } from "../parts.tsx";
import { currentRelease, type Release } from "../release.ts";
import { install } from "../state.ts";
import { say } from "../words.ts";

/** Put in by the build. */
declare const VERSION: string;

const PROMISES = ["about-locked", "about-screen", "about-apart", "about-lost"];
const LIMITS = [
  "about-limit-server",
  "about-limit-browser",
  "about-limit-open",
  "about-limit-coop",
];

export function About() {
  const [release, setRelease] = useState<Release | null>(null);
  useEffect(() => {
    void currentRelease().then(setRelease, () => undefined);
  }, []);
  const offered = install.value;
  return (
    <>
      <Title>{say("about-title")}</Title>
      <h2>{say("about-promises")}</h2>
      <ul>
        {PROMISES.map((key) => (
          <li key={key}>{say(key)}</li>
        ))}
      </ul>
      <h2>{say("about-limits")}</h2>
      <ul>
        {LIMITS.map((key) => (
          <li key={key}>{say(key)}</li>
        ))}
      </ul>
      <h2>{say("about-release")}</h2>
      <dl class="facts">
        <dt>{say("about-version")}</dt>
        <dd id="version">{VERSION}</dd>
        {release ? (
          <>
            <dt>{say("about-hash")}</dt>
            <dd class="hash">
              <code id="release-hash">{release.hash}</code>
            </dd>
            <dt>{say("about-listed")}</dt>
            <dd>{say(release.isListed ? "about-listed-yes" : "about-listed-no")}</dd>
          </>
        ) : null}
      </dl>
      <p>{say("about-check")}</p>
      <h2>{say("about-install")}</h2>
      <p>{say("about-install-why")}</p>
      {offered ? (
        <Do id="ctl-install" main act={offered}>
          {say("install")}
        </Do>
      ) : null}
    </>
  );
}
