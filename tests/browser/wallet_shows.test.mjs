// An app asks, and a person shows what they choose from the wallet in the browser.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import * as pocket from './lib/pocket.mjs';
import * as steps from './lib/steps.mjs';

let house;
before(async () => {
  house = await open();
});
after(() => house?.close());

const owner = () => person(house, { prf: true });

/** From the app to the request on the wallet's page. Joining signed the person in: that is forgotten. */
async function ask(page, app) {
  await page.context().clearCookies();
  await page.goto(app.url);
  await page.locator('#ctl-wallet').click();
  await page.waitForURL((url) => url.origin === house.wallet && url.pathname === '/present');
}

test('shows an app one card, and the history says what; the second time it is no stranger', async () => {
  const me = await owner();
  const { page, errors } = me;
  const policy = await pocket.watchPolicy(me);
  await pocket.begin(house, me);
  const app = await house.app(1);
  await ask(page, app);
  await page.locator('#verifier').waitFor();
  assert.equal(await page.locator('#ctl-show').isDisabled(), true, 'nothing is shown unasked');
  await pocket.show(page);
  await steps.decide(page, 'allow');
  const seen = await steps.learned(page, app);
  assert.match(seen.sub, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(seen.acr, 'urn:resonate:acr:wallet');

  await page.goto(`${house.wallet}/`);
  await page.getByText('19 unused copies').waitFor();
  await page.goto(`${house.wallet}/history`);
  const list = page.locator('.disclosures li');
  assert.match(await list.first().innerText(), /1 fact · accepted/);
  await list.first().locator('a').click();
  await page.getByText('Which account is yours').waitFor();
  assert.deepEqual(policy, []);
  assert.deepEqual(errors, []);
});

test('a refusal is told to the app, and no card is spent', async () => {
  const me = await owner();
  const { page } = me;
  await pocket.begin(house, me);
  const app = await house.app(1);
  await ask(page, app);
  await page.locator('#ctl-refuse').click();
  await page.waitForURL((url) => url.origin !== house.wallet || url.pathname !== '/present');
  await page.goto(`${house.wallet}/`);
  await page.getByText('20 unused copies').waitFor();
});

test('who has no wallet yet makes one and goes on with the same request', async () => {
  const me = await owner();
  const { page } = me;
  const app = await house.app(2);
  await ask(page, app);
  await page.locator('#command').waitFor();
  await page.locator('#ctl-start').click();
  await page.locator('#ctl-continue').click();
  await page.locator('#ctl-later').click();
  await pocket.show(page);
  await steps.decide(page, 'allow');
  assert.match((await steps.learned(page, app)).sub, /^[A-Za-z0-9_-]{43}$/);
});

test('answers a picture on another screen, with its number, and a stranger is asked about twice', async () => {
  const desk = await person(house);
  const me = await owner();
  const { page } = me;
  await pocket.begin(house, me);
  const app = await house.app(3);
  await desk.page.goto(app.url);
  await desk.page.locator('#ctl-qr').click();
  const link = await desk.page.locator('#qr-link').textContent();
  const number = (await desk.page.locator('#qr-digits').innerText()).trim();
  await page.locator('#ctl-scan').click();
  await page.locator('#pasted').fill(link.trim());
  await page.locator('#ctl-follow').click();
  await page.locator('#number').fill(number);
  await pocket.show(page);
  const again = page.locator('.notice', { hasText: 'Press once more' });
  if (await again.count()) await page.locator('#ctl-show').click();
  await page.waitForURL((url) => url.pathname === '/history');
  await steps.decide(desk.page, 'allow');
  assert.match((await steps.learned(desk.page, app)).sub, /^[A-Za-z0-9_-]{43}$/);
});

test('two tabs never show the same copy', async () => {
  const me = await owner();
  const { page, context } = me;
  await pocket.begin(house, me);
  const [one, two] = [await house.app(1), await house.app(2)];
  const other = await context.newPage();
  await ask(page, one);
  await page.locator('#ctl-show').waitFor();
  await ask(other, two);
  await other.locator('#ctl-show').waitFor();
  await Promise.all([pocket.show(page), pocket.show(other)]);
  await Promise.all([page, other].map((tab) => tab.waitForURL((url) => url.origin !== house.wallet)));
  await page.goto(`${house.wallet}/`);
  await page.getByText('18 unused copies').waitFor();
});

test('a foreign page cannot frame, open or message the wallet', async () => {
  const me = await owner();
  await pocket.begin(house, me);
  const wallet = JSON.stringify(`${house.wallet}/`);
  const evil = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end(`<!doctype html><iframe id="f" src=${wallet}></iframe>
      <button id="open">open</button><script>
      document.getElementById('open').onclick = () => { globalThis.w = window.open(${wallet}); };
      </script>`);
  });
  await new Promise((resolve) => evil.listen(0, '127.0.0.1', resolve));
  try {
    const page = await me.context.newPage();
    await page.goto(`http://127.0.0.1:${evil.address().port}/`);
    const frame = page.frames().find((one) => one !== page.mainFrame());
    const framed = await frame.evaluate(() => document.querySelector('#wallet') !== null).catch(() => false);
    assert.equal(framed, false, 'not framed');
    const [opened] = await Promise.all([me.context.waitForEvent('page'), page.locator('#open').click()]);
    await opened.locator('#ctl-persona').waitFor();
    assert.equal(await opened.evaluate(() => globalThis.opener), null, 'no way back');
    const reach = await page.evaluate(() => {
      globalThis.w.postMessage({ type: 'show' }, '*');
      return globalThis.w.closed;
    });
    assert.equal(reach, true, 'the opener sees a closed window');
    const heard = await opened.evaluate(() => new Promise((resolve) => {
      addEventListener('message', () => resolve(true));
      setTimeout(() => resolve(false), 300);
    }));
    assert.equal(heard, false);
  } finally {
    await new Promise((resolve) => evil.close(resolve));
  }
});
