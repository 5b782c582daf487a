// The main job in the player: price before, music, "n of 9", balance after.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import * as steps from './lib/steps.mjs';
import { balance, balanceOnce, newListener, playedTo, sound, topUp } from './lib/listening.mjs';

let house;
before(async () => { house = await open(); });
after(() => house?.close());

test('tops up, sets a limit by passkey, sees the price, hears 45 seconds, pays once', async () => {
  const me = await person(house);
  const { page } = me;
  const thrown = [];
  page.on('pageerror', (error) => thrown.push(String(error)));
  await newListener(house, me);
  assert.equal(await topUp(house, page), 4_088_000);

  await page.goto(`${house.listen}/`);
  await page.locator('.release a').first().click();
  await page.waitForURL((url) => url.pathname.startsWith('/releases/'));
  const release = page.url();
  const row = page.locator('.track').first();
  await page.locator('.track-play').first().waitFor();
  assert.equal(await row.locator('.track-price').innerText(), 'play 1 of 9: 0.002 credits');
  assert.equal(await row.locator('.dot.on').count(), 0);

  await row.locator('.track-play').click();
  const limit = page.locator('.panel', { hasText: 'Set your spending limit' });
  await limit.waitFor();
  assert.match(await limit.innerText(), /At most in 30 days/);
  await limit.locator('button.primary').click();
  // The step-up is a fresh sign-in: the passkey again, whoever is signed in already.
  await steps.passkey(page);
  await page.waitForURL((url) => url.href.startsWith(release));

  const again = page.locator('.panel', { hasText: 'Your limit is set' });
  await again.locator('button.primary').click();
  await page.locator('.bar-cost').waitFor();
  assert.match(await page.locator('.bar-price').innerText(), /play 1 of 9: 0\.002 credits/);
  await playedTo(page, 3);
  const early = await sound(page);
  assert.equal(early.error, null);
  assert.equal(early.paused, false);
  assert.equal(await row.locator('.track-price').innerText(), 'play 1 of 9: 0.002 credits');

  await playedTo(page, 46);
  const next = row.locator('.track-price', { hasText: 'play 2 of 9: 0.004 credits' });
  await next.waitFor();
  assert.equal(await row.locator('.dot.on').count(), 1);
  await page.locator('.bar', { hasText: 'Paid 0.002 credits' }).waitFor();
  // Past the gate: what was not to be had before the play counted.
  await playedTo(page, 60);

  await page.locator('.bar-close').click();
  await page.goto(`${house.listen}/purse`);
  assert.equal(await balance(page), 4_086_000);
  await page.waitForTimeout(3_000);
  await page.reload();
  assert.equal(await balance(page), 4_086_000, 'paid once, and it stays so');
  assert.match(await page.locator('#available').innerText(), /4\.086/);
  assert.deepEqual(thrown, []);
});

test('a play that ends before it counted costs nothing', async () => {
  const me = await person(house);
  const { page } = me;
  await newListener(house, me);
  const before = await topUp(house, page);
  await page.goto(`${house.listen}/`);
  await page.locator('.release a').first().click();
  await page.locator('.track-play').first().click();
  await page.locator('.panel button.primary').click();
  await steps.passkey(page);
  await page.locator('.panel', { hasText: 'Your limit is set' }).locator('button.primary').click();
  await playedTo(page, 2);
  await page.locator('.bar-close').click();
  assert.equal(await balanceOnce(house, page, (ucr) => ucr === before), before);
});
