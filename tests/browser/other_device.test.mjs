// A screen without a wallet, and a wallet somewhere else: a picture here, two digits there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import * as steps from './lib/steps.mjs';

let house;
let wallet;
before(async () => {
  house = await open();
  wallet = house.terminal('ada');
  await wallet('init');
  await wallet('join', house.id, '--handle', steps.handle(), '--yes');
});
after(() => house?.close());

/** From the app to the picture; its address and the number beside it. */
async function picture(page, app) {
  await page.goto(app.url);
  await page.locator('#ctl-qr').click();
  await page.locator('svg.qr').waitFor();
  const link = await page.locator('#qr-link').textContent();
  const number = await page.locator('#qr-digits').innerText();
  assert.match(number, /^[1-9][0-9]$/);
  return { link, number };
}

test('a wallet elsewhere signs this screen in, and the page goes on by itself', async () => {
  const [screen, phone] = [await person(house), await person(house)];
  const app = await house.app(1);
  const { link, number } = await picture(screen.page, app);

  // The camera of a telephone opens the address: the wallet's page says what it is about.
  await phone.page.goto(link);
  assert.equal(new URL(phone.page.url()).origin, house.wallet);
  await phone.page.locator('main', { hasText: /picture on another screen/ }).waitFor();
  const words = await phone.page.locator('main').innerText();
  assert.match(words, /picture on another screen/);
  assert.match(words, /Which account is yours/);
  assert.deepEqual(phone.errors, []);

  const wrong = number === '10' ? '11' : '10';
  await assert.rejects(wallet('present', link, '--number', wrong, '--yes'), /number/);
  const answer = await wallet('present', link, '--number', number, '--yes');
  assert.equal(answer.redirect_uri, null);

  await steps.decide(screen.page, 'allow');
  const seen = await steps.learned(screen.page, app);
  assert.equal(seen.acr, 'urn:resonate:acr:qr');
  assert.deepEqual(seen.amr, ['pop']);
  assert.deepEqual(screen.errors, []);

  // Such a login does not open the account's own pages.
  await screen.page.goto(`${house.id}/account`);
  await screen.page.locator('#ctl-sign-in').waitFor();
});

test('without a script a person looks for the answer and goes on by a button', async () => {
  const { page } = await person(house, { javaScriptEnabled: false });
  const app = await house.app(2);
  const { link, number } = await picture(page, app);
  await page.locator('#ctl-qr-look').click();
  await page.locator('svg.qr').waitFor();
  await wallet('present', link, '--number', number, '--yes');
  await page.locator('#ctl-qr-look').click();
  await page.locator('#ctl-qr-go').click();
  await steps.decide(page, 'allow');
  const seen = await steps.learned(page, app);
  assert.equal(seen.acr, 'urn:resonate:acr:qr');
});

test('a picture is drawn anew after 90 seconds, with the same number', async () => {
  const { page } = await person(house);
  const app = await house.app(1);
  const before = await picture(page, app);
  await house.clock(90);
  await page.waitForFunction(
    (old) => document.querySelector('#qr-link')?.textContent !== old && document.querySelector('svg.qr'),
    before.link,
  );
  assert.equal(await page.locator('#qr-digits').innerText(), before.number);
});
