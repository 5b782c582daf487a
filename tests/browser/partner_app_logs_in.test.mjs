// Two apps of others, the same person: each sees a name of its own, always the same one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import * as steps from './lib/steps.mjs';

let house;
before(async () => { house = await open(); });
after(() => house?.close());

test('an app logs in by passkey and sees a pairwise subject', async () => {
  const { page, context, errors } = await person(house);
  const [one, two] = [await house.app(1), await house.app(2)];
  const name = steps.handle();
  await page.goto(`${house.id}/join`);
  await steps.join(page, name);
  await context.clearCookies();

  await page.goto(one.url);
  await steps.passkey(page);
  const asks = await page.locator('main').innerText();
  assert.match(asks, /Partner app 1/);
  assert.match(asks, /127\.0\.0\.1/);
  await steps.decide(page, 'allow');
  const first = await steps.learned(page, one);
  assert.match(first.sub, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(first.acr, 'phr');
  assert.equal(first.userinfo.sub, first.sub);
  assert.ok(!JSON.stringify(first).includes(name), 'the handle stays here');
  assert.ok(!JSON.stringify(first).includes('@'));

  await page.goto(two.url);
  await steps.decide(page, 'allow');
  const other = await steps.learned(page, two);
  assert.match(other.sub, /^[A-Za-z0-9_-]{43}$/);
  assert.notEqual(other.sub, first.sub);

  await context.clearCookies();
  await page.goto(one.url);
  await steps.passkey(page);
  await steps.decideIfAsked(page, one);
  const again = await steps.learned(page, one);
  assert.equal(again.sub, first.sub);
  assert.deepEqual(errors, []);
});

test('who denies goes back to the app with nothing', async () => {
  const { page } = await person(house);
  const app = await house.app(1);
  await page.goto(app.url);
  await steps.persona(page, 'listener');
  await steps.decide(page, 'deny');
  await page.waitForURL((url) => url.href.startsWith(`${app.url}/cb`));
  assert.equal(new URL(page.url()).searchParams.get('error'), 'access_denied');
  assert.match(await page.locator('body').innerText(), /access_denied/);
});
