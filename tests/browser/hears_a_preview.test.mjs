// A visitor without cookie or account hears a preview of a track.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import { playedTo, sound } from './lib/listening.mjs';

let house;
before(async () => { house = await open(); });
after(() => house?.close());

test('a visitor hears a preview and no cookie is left', async () => {
  const { page, context, errors } = await person(house);
  const fetched = [];
  page.on('response', (answer) => {
    if (new URL(answer.url()).pathname.startsWith('/m/')) fetched.push(answer);
  });
  await page.goto(`${house.listen}/`);
  await page.locator('.track-preview').first().click();
  await playedTo(page, 2);
  const now = await sound(page);
  assert.equal(now.paused, false);
  assert.equal(now.error, null);
  const length = await page.locator('audio.player-audio').evaluate((audio) => audio.duration);
  assert.ok(length > 5 && length <= 45.5, `a preview is at most 45 seconds, this one ${length}`);
  assert.ok(fetched.length > 0);
  assert.equal(await fetched[0].headerValue('set-cookie'), null);
  assert.deepEqual(await context.cookies(), []);
  assert.deepEqual(errors, []);
});

test('without script the track page has the preview as a plain audio element', { timeout: 60_000 }, async () => {
  const { page, context } = await person(house, { javaScriptEnabled: false });
  await page.goto(`${house.listen}/`);
  await page.locator('.track-title').first().click();
  const audio = page.locator('audio#preview');
  const answer = page.waitForResponse((one) => new URL(one.url()).pathname.startsWith('/m/'));
  await audio.evaluate((element) => element.play());
  assert.equal((await answer).status(), 206);
  assert.equal(await (await answer).headerValue('content-type'), 'audio/mpeg');
  let at = 0;
  while (at < 1) {
    await page.waitForTimeout(250);
    at = await audio.evaluate((element) => element.currentTime);
  }
  assert.deepEqual(await context.cookies(), []);
});

test('a visitor who presses Play is told how to hear it all', async () => {
  const { page } = await person(house);
  await page.goto(`${house.listen}/`);
  await page.locator('.track-play').first().click();
  const panel = page.locator('.panel', { hasText: 'Hear it all' });
  await panel.waitFor();
  assert.equal(await panel.locator('a.button').count(), 2);
});
