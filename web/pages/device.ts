// The form for a device's code once too many were wrong: a second of work goes with each try.

import { solve } from "@resonate/lib/work";
import { getChallenge } from "./ceremony.ts";
import { saysOf } from "./says.ts";

const form = document.querySelector<HTMLFormElement>("form#device");
const field = form?.querySelector<HTMLInputElement>("input[name=resonate_admission]");
if (form && field) mount(form, field);

function mount(form: HTMLFormElement, field: HTMLInputElement): void {
  const says = saysOf(form, "device-says");
  const line = document.getElementById("device-says");
  let busy = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    if (line) line.textContent = form.dataset.working ?? "";
    work()
      .then((admission) => {
        field.value = admission;
        // Not requestSubmit: that would come back here.
        form.submit();
      })
      .catch((error: unknown) => says.failed(error))
      .finally(() => {
        busy = false;
      });
  });
}

async function work(): Promise<string> {
  const { challenge, bits } = await getChallenge();
  const breathe = () => new Promise<void>((resolve) => setTimeout(resolve));
  const n = await solve(challenge, bits, breathe);
  return `pow:${challenge}:${n}`;
}
