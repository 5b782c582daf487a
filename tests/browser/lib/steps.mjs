// What people do at the pages, by the names that the controls keep for ever.
import { randomBytes } from 'node:crypto';

/** A handle nobody has yet. */
export function handle() {
  return `heron-${randomBytes(5).toString('hex')}`;
}

/** Joins with a passkey from the join page that is open, and goes where it leads. */
export async function join(page, name) {
  await page.locator('#join input[name=handle]').fill(name);
  const here = page.url();
  await page.locator('button[name=passkey]').click();
  await page.waitForURL((url) => url.href !== here);
}

/** Signs in by the passkey from the sign-in page that is open. */
export async function passkey(page) {
  const button = page.locator('#ctl-passkey');
  // A device that always says yes may have answered the offer in the field before the press.
  await button.click({ timeout: 5_000 }).catch(() => undefined);
  await button.waitFor({ state: 'detached' });
}

/** Signs in as one of the demo's people, by plain HTML. */
export async function persona(page, name) {
  await leaves(page, `button[name=demo_as][value=${name}]`);
}

/** Decides on the consent page: `allow` or `deny`. */
export async function decide(page, decision) {
  await page.locator(`button[name=decision][value=${decision}]`).click();
}

/** Allows, unless the same was allowed before and the browser is at the app already. */
export async function decideIfAsked(page, app) {
  const asked = page.locator('button[name=decision]').first();
  await asked.or(page.getByText('"sub"')).first().waitFor();
  if (!page.url().startsWith(app.url)) await decide(page, 'allow');
}

/** What an app of tests/partner learned, once the browser is back there. */
export async function learned(page, app) {
  await page.waitForURL((url) => url.href.startsWith(`${app.url}/cb`));
  return JSON.parse(await page.locator('body').innerText());
}

/** Presses a button and waits until its page is gone; the next may have the same address. */
async function leaves(page, control) {
  await page.locator(control).click();
  await page.locator(control).waitFor({ state: 'detached' });
}
