// Signing in with a passkey: offered inside the name field where the browser can, by the button always.

import { getPasskey, passkeys, signalPasskeys } from "@resonate/lib/platform/credentials";
import { askOptions, finish } from "./ceremony.ts";
import { type Says, saysOf } from "./says.ts";

export async function mountLogin(root: HTMLElement, ix: string): Promise<void> {
  const says = saysOf(root, "passkey-says");
  const button = document.querySelector<HTMLButtonElement>("#ctl-passkey");
  if (!button) return;
  const can = await passkeys();
  if (!can.works) {
    button.disabled = true;
    says.working("passkey-none");
    return;
  }
  button.hidden = false;
  let waiting = new AbortController();
  let busy = false;
  const works = (on: boolean) => {
    busy = on;
    if (on) button.setAttribute("aria-busy", "true");
    else button.removeAttribute("aria-busy");
  };
  const field = document.querySelector<HTMLElement>("#passkey-field");
  if (can.inField && field) {
    field.hidden = false;
    // Ends quietly when the button is used or nothing is picked.
    let taken = false;
    const picked = () => {
      taken = true;
      works(true);
    };
    login({ ix, says, inField: true, signal: waiting.signal, picked }).catch((error: unknown) => {
      if (!taken) return;
      says.failed(error);
      works(false);
    });
  }
  const press = (event: Event) => {
    event.preventDefault();
    if (busy) return;
    waiting.abort();
    waiting = new AbortController();
    works(true);
    const picked = () => undefined;
    login({ ix, says, inField: false, signal: waiting.signal, picked })
      .catch((error: unknown) => says.failed(error))
      .finally(() => works(false));
  };
  const form = button.form;
  if (form) form.addEventListener("submit", (event) => event.submitter === button && press(event));
  else button.addEventListener("click", press);
}

async function login(way: {
  ix: string;
  says: Says;
  inField: boolean;
  signal: AbortSignal;
  picked: () => void;
}): Promise<void> {
  const { ix, says, inField, signal, picked } = way;
  const path = `/interaction/${encodeURIComponent(ix)}/passkey`;
  if (!inField) says.working("passkey-asking");
  const { ceremony, publicKey } = await askOptions(`${path}/options`, {});
  const credential = await getPasskey(publicKey, { inField, signal });
  picked();
  says.working("passkey-checking");
  const done = await finish(path, { ceremony, credential });
  says.working("passkey-done");
  if (done.signal) await signalPasskeys(done.signal);
  location.assign(done.next);
}
