// Small pieces that the screens share.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { go, link } from "./place.ts";
import { busy } from "./state.ts";
import { say } from "./words.ts";

/** A link inside the wallet: nothing is loaded. */
export function A({
  to,
  children,
  class: name,
  id,
}: {
  to: string;
  children: ComponentChildren;
  class?: string;
  id?: string;
}) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={link(to)} onClick={follow} {...(name ? { class: name } : {})} {...(id ? { id } : {})}>
      {children}
    </a>
  );
}

/** A button that does one thing; a second press while it is done is not heard. */
export function Do({
  id,
  act,
  main = false,
  quiet = false,
  off = false,
  children,
}: {
  id: string;
  act: () => void | Promise<void>;
  main?: boolean;
  quiet?: boolean;
  off?: boolean;
  children: ComponentChildren;
}) {
  const kind = main ? "primary" : quiet ? "quiet" : "";
  return (
    <button
      id={id}
      type="button"
      class={kind}
      disabled={off}
      aria-busy={busy.value}
      onClick={() => {
        if (!busy.value) void act();
      }}
    >
      {children}
    </button>
  );
}

/** The one heading of a screen. It takes the focus, so that a reader begins here. */
export function Title({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · Resonate`;
    heading.current?.focus({ preventScroll: true });
  }, [children]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

/** What somebody else learns from what this screen sends. */
export function Learns({ what, not }: { what: string; not: string }) {
  return (
    <p class="learns">
      {say("learns", { what })} {say("learns-not", { what: not })}
    </p>
  );
}

/** A long text with a button that copies it. */
export function Copyable({ id, text, label }: { id: string; text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <>
      <pre class="command" id={id}>
        <code>{text}</code>
      </pre>
      <p>
        <button type="button" id={`${id}-copy`} onClick={() => void copy().catch(() => undefined)}>
          {copied ? say("copied") : label}
        </button>
      </p>
    </>
  );
}

export function Icon({ path }: { path: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
