// Joining with a passkey: a handle, a second of work, one touch. No e-mail, no name.

import { createPasskey, passkeys, signalPasskeys } from "@resonate/lib/platform/credentials";
import { Refused } from "@resonate/lib/problem";
import { solve } from "@resonate/lib/work";
import { askOptions, finish, getChallenge } from "./ceremony.ts";
import { type Says, saysOf } from "./says.ts";

/** Longest text of an invitation or ticket that is read from a link. */
const GIVEN_MOST = 64;

/** Seconds before its end at which work counts as too old to send. */
const MARGIN_S = 30;

interface Admission {
  text: string;
  until: number;
}

export async function mountJoin(form: HTMLFormElement): Promise<void> {
  const says = saysOf(form, "join-says");
  const button = form.querySelector<HTMLButtonElement>("#ctl-passkey");
  const handle = form.querySelector<HTMLInputElement>("input[name=handle]");
  if (!button || !handle) return;
  if (!(await passkeys()).works) {
    button.disabled = true;
    says.working("passkey-none");
    return;
  }
  button.hidden = false;
  const invite = form.querySelector<HTMLInputElement>("input[name=invite]");
  const given = fromLink();
  if (invite && given.invite) fillInvite(invite, given.invite);
  let ticket = given.ticket;
  if (ticket) says.working("join-vouched");
  // Begun before it is wanted, so that nobody waits for it; an invitation or ticket makes it needless.
  let admission = invite?.value || ticket ? null : work();
  admission?.catch(() => undefined);
  let busy = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    button.setAttribute("aria-busy", "true");
    const ix = form.dataset.ix || null;
    const fresh = async () => {
      const invited = invite?.value.trim();
      if (invited) return `invite:${invited}`;
      if (ticket) return `minted:${ticket}`;
      admission ??= work();
      const ready = await admission.catch(() => work());
      if (ready.until > Date.now() / 1000 + MARGIN_S) return ready.text;
      admission = work();
      return (await admission).text;
    };
    join({ handle: handle.value.trim(), ix, admission: fresh, says })
      .catch((error: unknown) => {
        says.failed(error);
        handle.toggleAttribute("aria-invalid", isAboutHandle(error));
        if (isAbout(error, ["ticket-used", "external-used"])) ticket = null;
        if (isAbout(error, ["pow-refused", "admission-needed"])) admission = work();
      })
      .finally(() => {
        busy = false;
        button.removeAttribute("aria-busy");
      });
  });
}

/** A link to join carries its invitation or ticket in the fragment, which no server sees. */
function fromLink(): { invite: string | null; ticket: string | null } {
  const given = new URLSearchParams(location.hash.slice(1));
  const short = (name: string) => {
    const text = given.get(name);
    return text && text.length <= GIVEN_MOST ? text : null;
  };
  const found = { invite: short("invite"), ticket: short("minted") };
  if (found.invite || found.ticket) {
    history.replaceState(null, "", location.pathname + location.search);
  }
  return found;
}

function fillInvite(field: HTMLInputElement, invite: string): void {
  field.value = invite;
  field.closest("details")?.setAttribute("open", "");
}

async function join(wish: {
  handle: string;
  ix: string | null;
  admission: () => Promise<string>;
  says: Says;
}): Promise<void> {
  const { handle, ix, says } = wish;
  says.working("join-working");
  const admission = await wish.admission();
  says.working("join-asking");
  const { ceremony, publicKey } = await askOptions("/passkey/join/options", {
    handle,
    admission,
    ix,
  });
  const credential = await createPasskey(publicKey);
  says.working("join-saving");
  const { next, signal } = await finish("/passkey/join", { ceremony, credential });
  says.working("join-done");
  if (signal) await signalPasskeys(signal);
  location.assign(next);
}

async function work(): Promise<Admission> {
  const { challenge, bits, expires_at } = await getChallenge();
  const breathe = () => new Promise<void>((resolve) => setTimeout(resolve));
  const n = await solve(challenge, bits, breathe);
  return { text: `pow:${challenge}:${n}`, until: expires_at };
}

function isAbout(error: unknown, slugs: string[]): boolean {
  return error instanceof Refused && slugs.includes(error.problem.slug);
}

function isAboutHandle(error: unknown): boolean {
  return error instanceof Refused && error.problem.slug.startsWith("handle-");
}
