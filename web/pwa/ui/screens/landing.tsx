// No vault on this device: make one, open one, or use the command line.

import { A, Copyable, Do, Title } from "../parts.tsx";
import { go, place, rememberThen } from "../place.ts";
import { askedBy } from "../preview.ts";
import { say } from "../words.ts";

export function Landing() {
  return (
    <>
      <Title>{say("landing-title")}</Title>
      <p class="lead">{say("landing-lead")}</p>
      <div class="choices">
        <Do id="ctl-start" main act={() => go("/start")}>
          {say("landing-start")}
        </Do>
        <Do id="ctl-recover" act={() => go("/recover")}>
          {say("landing-recover")}
        </Do>
      </div>
      <p>
        <A to="/about">{say("landing-about")}</A>
      </p>
    </>
  );
}

/** Somebody asks or offers, and there is no wallet here yet. */
export function NoWalletFor({ path }: { path: string }) {
  const here = location.pathname + location.search;
  const begin = (to: string) => {
    rememberThen(here);
    go(to);
  };
  if (path === "/cb") return <Terminal />;
  const preview = path === "/present" ? askedBy(place.value.query) : null;
  if (path === "/present" && !preview) return <Unreadable />;
  return (
    <>
      <Title>{preview ? say("none-present", { who: preview.who }) : say("none-offer")}</Title>
      {preview && preview.facts.length > 0 ? (
        <>
          <p>{say("none-facts")}</p>
          <ul>
            {preview.facts.map((fact) => (
              <li key={fact}>{fact}</li>
            ))}
          </ul>
        </>
      ) : null}
      {preview?.otherDevice ? <p class="notice warn">{say("show-other")}</p> : null}
      <p class="lead">{say("none-lead")}</p>
      <div class="choices">
        <Do id="ctl-start" main act={() => begin("/start")}>
          {say("landing-start")}
        </Do>
        <Do id="ctl-recover" act={() => begin("/recover")}>
          {say("landing-recover")}
        </Do>
      </div>
      <details open={path === "/present"}>
        <summary>{say("terminal-title")}</summary>
        <p>{say("terminal-why")}</p>
        <Copyable id="command" text={command(path)} label={say("terminal-copy")} />
      </details>
      <p class="quiet-text">{say("none-no")}</p>
    </>
  );
}

/** One word for a POSIX shell, whatever the request holds. */
export function command(path: string): string {
  const url = new URL(location.href);
  url.searchParams.delete("lang");
  const query = location.search
    .slice(1)
    .split("&")
    .filter((part) => !part.startsWith("lang="))
    .join("&");
  const whole = `${url.origin}${path}?${query}`.replaceAll("'", "%27");
  return `resonate-wallet ${path.slice(1)} '${whole}'`;
}

/** A sign-in of the command line that was finished in this browser. */
export function Terminal() {
  const { query } = place.value;
  if (!query.has("code")) {
    const error = query.get("error") ?? "-";
    return (
      <>
        <Title>{say("cb-denied-title")}</Title>
        <p>{say("cb-denied-why", { error: /^[a-z_]{1,64}$/.test(error) ? error : "-" })}</p>
        <A to="/">{say("home")}</A>
      </>
    );
  }
  return (
    <>
      <Title>{say("cb-title")}</Title>
      <p>{say("cb-why")}</p>
      <Copyable id="command" text={location.href} label={say("cb-copy")} />
    </>
  );
}

export function Unreadable() {
  return (
    <>
      <Title>{say("unreadable-title")}</Title>
      <p>{say("unreadable-why")}</p>
      <p>{say("unreadable-do")}</p>
      <A to="/">{say("home")}</A>
    </>
  );
}
