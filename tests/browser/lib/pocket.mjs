// The browser wallet in a person's hands, by the names its controls keep.
import assert from 'node:assert/strict';

/** Makes a wallet and joins; the page ends at "How you get back in". Counts taps and seconds. */
export async function join(house, me, { at = `${house.wallet}/start` } = {}) {
  const { page } = me;
  await page.goto(at);
  const name = page.locator('#name');
  await name.waitFor();
  const began = Date.now();
  let taps = 1; // The link or button that led here.
  await page.locator('#ctl-continue').click();
  taps += 2; // Continue, and the finger on the passkey sheet.
  await page.locator('#ctl-later').waitFor();
  return { taps, seconds: (Date.now() - began) / 1000 };
}

/** Joins and chooses Later: the page shows the cards. */
export async function begin(house, me, options) {
  const met = await join(house, me, options);
  await me.page.locator('#ctl-later').click();
  return { ...met, taps: met.taps + 1 };
}

/** Turns on every fact and shows them. */
export async function show(page) {
  const switches = page.locator('input[role=switch]');
  await page.locator('#ctl-show').waitFor();
  const n = await switches.count();
  for (let i = 0; i < n; i++) assert.equal(await switches.nth(i).isChecked(), false, 'off by default');
  if (n > 1) await page.locator('#ctl-all').click();
  else if (n === 1) await switches.first().check();
  await page.locator('#ctl-show').click();
}

/** The code of the failure on the screen, its details, and that they hold none of `secrets`. */
export async function failure(page, secrets = []) {
  const shown = page.locator('.failure');
  await shown.waitFor();
  const details = await page.locator('#details').innerText();
  for (const secret of secrets) assert.ok(!details.includes(secret), `${secret} in ${details}`);
  assert.match(details, /^wallet: /);
  assert.doesNotMatch(details, /https?:\/\/[^ ]*[/?]/, 'no whole address');
  return { code: await shown.getAttribute('data-code'), details };
}

/** Violations of the content security policy and of trusted types, from every page of the context. */
export async function watchPolicy(me) {
  const seen = [];
  await me.context.exposeFunction('reportViolation', (line) => seen.push(line));
  await me.context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      globalThis.reportViolation(`${event.effectiveDirective} ${event.blockedURI}`);
    });
  });
  return seen;
}

/** Hosts that were asked for anything. */
export function watchHosts(me) {
  const hosts = new Set();
  me.context.on('request', (request) => hosts.add(new URL(request.url()).host));
  return hosts;
}

/** What IndexedDB holds of a table, keys and all. */
export function table(page, name) {
  return page.evaluate(async (name) => {
    const done = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const db = await done(indexedDB.open('resonate-wallet'));
    const rows = await done(db.transaction(name).objectStore(name).getAllKeys());
    db.close();
    return rows.map(String);
  }, name);
}
