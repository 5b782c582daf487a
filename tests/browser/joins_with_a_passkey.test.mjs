// A handle and a passkey: no e-mail, no name, and the same person again afterwards.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import * as steps from './lib/steps.mjs';

let house;
before(async () => { house = await open(); });
after(() => house?.close());

test('joins with a handle and a passkey, signs out, signs in again at an app', async () => {
  const { page, cdp, authenticatorId, errors } = await person(house);
  const name = steps.handle();

  await page.goto(`${house.id}/join`);
  const fields = await page.locator('input:visible').evaluateAll((all) => all.map((f) => [f.name, f.type]));
  assert.deepEqual(fields, [['handle', 'text']], 'a handle is all that is asked for');
  assert.equal(await page.locator('input[type=email], input[autocomplete*=email]').count(), 0);
  await steps.join(page, name);

  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
  assert.equal(credentials.length, 1);
  assert.equal(credentials[0].isResidentCredential, true);
  assert.equal(credentials[0].rpId, new URL(house.id).hostname);
  await page.goto(`${house.id}/account`);
  assert.match(await page.locator('main').innerText(), new RegExp(name));

  await page.locator('#ctl-logout-yes').click();
  await page.waitForURL((url) => url.pathname !== '/account');
  assert.deepEqual(errors, []);
  const out = await page.goto(`${house.id}/account`);
  assert.equal(out.status(), 401);
  assert.doesNotMatch(await page.locator('main').innerText(), new RegExp(name));

  const app = await house.app(1);
  await page.goto(app.url);
  await steps.passkey(page);
  await steps.decide(page, 'allow');
  const seen = await steps.learned(page, app);
  assert.equal(seen.sub.length, 43);
});

test('a handle that is taken is refused, and what was typed is kept', async () => {
  const first = await person(house);
  const name = steps.handle();
  await first.page.goto(`${house.id}/join`);
  await steps.join(first.page, name);

  const { page } = await person(house);
  await page.goto(`${house.id}/join`);
  await page.locator('input[name=handle]').fill(name);
  await page.locator('button[name=passkey]').click();
  await page.locator('#join-says.bad').waitFor();
  assert.match(await page.locator('#join-says').innerText(), /handle-taken/);
  assert.equal(await page.locator('input[name=handle]').inputValue(), name);
});
