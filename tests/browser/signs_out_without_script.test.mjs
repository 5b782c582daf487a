// Signing out where scripts do not run: asked, answered, and told so, on a narrow screen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import * as steps from './lib/steps.mjs';

let house;
before(async () => { house = await open(); });
after(() => house?.close());

test('the logout page works without script', async () => {
  const viewport = { width: 360, height: 740 };
  const { page, errors } = await person(house, { javaScriptEnabled: false, viewport });
  const app = await house.app(1);
  await page.goto(app.url);
  await steps.persona(page, 'listener');
  await steps.decide(page, 'allow');
  await page.waitForURL((url) => url.href.startsWith(`${app.url}/cb`));

  // By keyboard: the first control of the page keeps the login.
  await page.goto(`${house.id}/logout`);
  assert.equal(await page.locator('#ctl-logout-no').count(), 1);
  await page.locator('#ctl-logout-no').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === '/');
  await page.goto(`${house.id}/account`);
  assert.match(await page.locator('main').innerText(), /demo-listener/);

  await page.goto(`${house.id}/logout?ui_locales=de`);
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= viewport.width, `${wide} pixels`);
  await page.locator('button[name=logout][value=yes]').click();
  await page.locator('#ctl-logout-yes').waitFor({ state: 'detached' });
  assert.match(await page.locator('h1').innerText(), /abgemeldet/);

  const account = await page.goto(`${house.id}/account`);
  assert.equal(account.status(), 401);
  await page.goto(app.url);
  assert.ok(await page.locator('button[name=demo_as]').count() > 0, 'the app has to ask anew');
  assert.deepEqual(errors.filter((line) => !line.includes('401')), []);
});
