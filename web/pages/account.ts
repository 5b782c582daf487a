// The account's pages: a passkey shown anew where a change asks for it, and a further one added.

import { object, text } from "@resonate/lib/json";
import {
  createPasskey,
  getPasskey,
  passkeys,
  signalPasskeys,
} from "@resonate/lib/platform/credentials";
import { speak, type Words } from "@resonate/lib/words";
import de from "../words/account.de.ftl?raw";
import en from "../words/account.en.ftl?raw";
import { askOptions, finish, post } from "./ceremony.ts";
import { saysOf } from "./says.ts";
import { say } from "./words.ts";
import "./account.css";

const own = speak({ en, de }, document.documentElement.lang);
const words: Words = (key, values) => {
  const said = own(key, values);
  return said === key ? say(key, values) : said;
};

const begun = object({ ix: text });

const confirmForm = document.querySelector<HTMLFormElement>("form#confirm");
const addForm = document.querySelector<HTMLFormElement>("form#add-passkey");
const list = document.querySelector<HTMLElement>("#passkeys");

if (confirmForm) void mountConfirm(confirmForm);
if (addForm) void mountAdd(addForm);
if (list) void tellStore(list);

/** Shows a passkey without leaving the page. Where that fails, the next press goes to the page of
 *  ways in, as it does without script. */
async function mountConfirm(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector<HTMLButtonElement>("#ctl-confirm");
  const { works } = await passkeys();
  if (!button || !works || form.dataset.passkeys === "0") return;
  const says = saysOf(form, "confirm-says", words);
  let plain = false;
  form.addEventListener("submit", (event) => {
    if (plain) return;
    event.preventDefault();
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    confirm(form, says.working)
      .catch((error: unknown) => {
        plain = true;
        says.failed(error);
      })
      .finally(() => button.removeAttribute("aria-busy"));
  });
}

async function confirm(form: HTMLFormElement, working: (key: string) => void): Promise<void> {
  working("passkey-asking");
  const to = form.dataset.to ?? "";
  const { ix } = begun(await post("/api/account/confirm", { to }, token(form)));
  const path = `/interaction/${encodeURIComponent(ix)}/passkey`;
  const { ceremony, publicKey } = await askOptions(`${path}/options`, {});
  const signal = new AbortController().signal;
  const credential = await getPasskey(publicKey, { inField: false, signal });
  working("passkey-checking");
  const { next } = await finish(path, { ceremony, credential });
  working("account-confirmed");
  location.assign(next);
}

async function mountAdd(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector<HTMLButtonElement>("#ctl-add");
  const name = form.querySelector<HTMLInputElement>("input[name=name]");
  if (!button || !name) return;
  const says = saysOf(form, "add-says", words);
  if (!(await passkeys()).works) {
    says.working("passkey-none");
    return;
  }
  button.hidden = false;
  button.disabled = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    add(form, name.value, says.working)
      .catch((error: unknown) => says.failed(error))
      .finally(() => button.removeAttribute("aria-busy"));
  });
}

async function add(
  form: HTMLFormElement,
  name: string,
  working: (key: string) => void,
): Promise<void> {
  working("account-asking");
  const door = "/api/account/passkeys";
  const { ceremony, publicKey } = await askOptions(`${door}/options`, {}, token(form));
  const credential = await createPasskey(publicKey);
  working("account-saving");
  const { signal } = await finish(door, { ceremony, credential, name }, token(form));
  if (signal) await signalPasskeys(signal);
  location.reload();
}

/** The passkey store learns which passkeys still open the account: a removed one need not be offered. */
async function tellStore(list: HTMLElement): Promise<void> {
  const { rp, user, accepted } = list.dataset;
  if (!rp || !user || accepted === undefined) return;
  const ids = accepted.split(" ").filter((id) => id !== "");
  await signalPasskeys({ rpId: rp, userId: user, allAcceptedCredentialIds: ids });
}

function token(form: HTMLFormElement): string {
  return form.querySelector<HTMLInputElement>("input[name=form_token]")?.value ?? "";
}
