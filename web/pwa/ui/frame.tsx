// What stands around every screen: name, places, lock, foot, and what is being done.

import { lockNow, useRelease } from "./act.ts";
import { A, Icon } from "./parts.tsx";
import { place } from "./place.ts";
import { Screen } from "./screen.tsx";
import * as state from "./state.ts";
import { LANGS, lang, say } from "./words.ts";

const PLACES = [
  { path: "/", key: "nav-cards", icon: "M3 7h18v11H3zM3 11h18" },
  { path: "/scan", key: "nav-scan", icon: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5M8 12h8" },
  { path: "/history", key: "nav-history", icon: "M12 7v5l3 2M12 3a9 9 0 1 1-8 5M4 3v5h5" },
  { path: "/ways", key: "nav-ways", icon: "M14 10a4 4 0 1 1-4-4M12 12l8 8M17 17l2-2" },
  {
    path: "/about",
    key: "nav-about",
    icon: "M12 11v6M12 7.5v.5M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18",
  },
] as const;

export function Frame() {
  const opened = state.wallet.value;
  return (
    <>
      <a class="skip" href="#main">
        {say("skip")}
      </a>
      <header class="top">
        <A class="brand" to="/">
          <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
            <circle cx="16" cy="16" r="16" />
            <path d="M7 18v-4M11.5 21V11M16 24V8M20.5 21V11M25 18v-4" />
          </svg>
          <span class="brand-name">Resonate</span> <span class="brand-place">{say("place")}</span>
        </A>
        {opened ? (
          <>
            <A class="persona" id="ctl-persona" to="/personas">
              <span class="visually-hidden">{say("nav-persona")} </span>
              {opened.persona.name}
            </A>
            <button type="button" id="ctl-lock" onClick={() => void lockNow()}>
              <Icon path="M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3" /> {say("nav-lock")}
            </button>
          </>
        ) : null}
      </header>
      {opened ? <Places /> : null}
      <Notices />
      <main id="main" class="decision" tabIndex={-1} aria-busy={state.phase.value === "loading"}>
        <Screen />
        <p role="status" class="stage">
          {state.stage.value}
        </p>
      </main>
      <Foot />
    </>
  );
}

function Places() {
  return (
    <nav class="places" aria-label={say("nav")}>
      {PLACES.map(({ path, key, icon }) => (
        <A key={path} to={path} {...(place.value.path === path ? { class: "here" } : {})}>
          <Icon path={icon} />
          <span>{say(key)}</span>
        </A>
      ))}
    </nav>
  );
}

function Notices() {
  const fresh = state.newRelease.value;
  return (
    <div class="notices">
      {state.online.value ? null : (
        <p class="notice warn" id="offline">
          {say("offline")}
        </p>
      )}
      {fresh ? (
        <section class="notice" id="update" aria-label={say("update-title")}>
          <p>
            <strong>{say("update-title")}</strong>{" "}
            {say("update-version", { version: fresh.version })}
          </p>
          <p class="hash">
            {say("update-hash")} <code>{fresh.hash}</code>
          </p>
          <p>
            <button type="button" id="ctl-update" onClick={() => useRelease(fresh)}>
              {say("update-use")}
            </button>
          </p>
        </section>
      ) : null}
    </div>
  );
}

function Foot() {
  const others = LANGS.filter(({ tag }) => tag !== lang.value);
  const hasVault = state.phase.value === "locked" || state.phase.value === "open";
  const query = (tag: string) => {
    const params = new URLSearchParams(place.value.query);
    params.set("lang", tag);
    return `${place.value.path}?${params}`;
  };
  return (
    <footer class="foot">
      <p>{say("foot")}</p>
      <nav class="langs" aria-label={say("foot-nav")}>
        {hasVault ? (
          <A id="ctl-to-wipe" to="/lock">
            {say("foot-wipe")}
          </A>
        ) : null}
        {state.wallet.value ? null : <A to="/about">{say("nav-about")}</A>}
        {others.map(({ tag, name }) => (
          <a
            key={tag}
            href={query(tag)}
            lang={tag}
            hreflang={tag}
            onClick={(event) => {
              // Nothing typed or begun is lost: the same screen speaks another language.
              event.preventDefault();
              history.replaceState(null, "", query(tag));
              place.value = { ...place.value, query: new URLSearchParams(location.search) };
              lang.value = tag;
              document.documentElement.lang = tag;
            }}
          >
            {name}
          </a>
        ))}
      </nav>
    </footer>
  );
}
