// Staff: two people replace a key, and every page of the staff origin holds on small and large screens.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import * as steps from './lib/steps.mjs';

const REASON = 'ticket 4711: agreed at the meeting of Monday';

let house;
before(async () => { house = await open(); });
after(() => house?.close());

/** Signs in at the staff origin as one of the demo's people. */
async function staff(name) {
  const me = await person(house);
  await me.page.goto(`${house.staff}/login`);
  await steps.persona(me.page, name);
  await me.page.waitForURL((url) => url.origin === house.staff);
  return me;
}

async function kids() {
  const set = await (await fetch(`${house.id}/jwks`)).json();
  return set.keys.map((key) => key.kid);
}

test('one asks for a new key, another confirms, and both stand in the log', async () => {
  const [owner, secretary] = [await staff('owner'), await staff('secretary')];
  const before = await kids();

  await owner.page.goto(`${house.staff}/keys`);
  await owner.page.locator('select[name=target]').selectOption('EdDSA');
  await owner.page.locator('textarea[name=reason]').fill(REASON);
  await owner.page.locator('main button.primary').click();
  await owner.page.waitForURL((url) => url.pathname.startsWith('/acts/'));
  const request = owner.page.url();
  assert.equal(await owner.page.locator('#ctl-confirm').count(), 0, 'nobody confirms themselves');
  assert.deepEqual(await kids(), before, 'nothing happened yet');

  await secretary.page.goto(`${house.staff}/`);
  await secretary.page.locator('main a[href^="/acts/"]').first().click();
  await secretary.page.waitForURL(request);
  const shown = await secretary.page.locator('main').innerText();
  for (const seen of [REASON, 'EdDSA', 'demo-owner']) assert.ok(shown.includes(seen), seen);
  await secretary.page.locator('textarea[name=reason]').fill('seen the plan, the old key is due');
  await secretary.page.locator('#ctl-confirm').click();
  await secretary.page.locator('#ctl-confirm').waitFor({ state: 'detached' });
  const now = await kids();
  assert.equal(now.filter((kid) => !before.includes(kid)).length, 1);

  await owner.page.goto(`${house.staff}/acts`);
  const log = await owner.page.locator('main').innerText();
  for (const who of ['demo-owner', 'demo-secretary']) assert.ok(log.includes(who), who);
  assert.deepEqual([...owner.errors, ...secretary.errors], []);
});

test('an invitation lets somebody join without work, and its link stays out of every address', async () => {
  const { page } = await staff('owner');
  await page.goto(`${house.staff}/invites`);
  await page.locator('form').filter({ has: page.locator('[name=detail]') }).locator('textarea').fill(REASON);
  await page.locator('main button.primary').click();
  const link = await page.locator('#ctl-link').inputValue();
  assert.match(link, /\/join#invite=rs_in_/);

  const guest = await person(house);
  const asked = [];
  guest.page.on('request', (request) => asked.push(request.url() + JSON.stringify(request.headers())));
  await guest.page.goto(link);
  assert.match(await guest.page.locator('input[name=invite]').inputValue(), /^rs_in_/);
  assert.equal(new URL(guest.page.url()).hash, '', 'the address forgets it');
  const name = steps.handle();
  await steps.join(guest.page, name);
  assert.equal(asked.filter((line) => line.includes('rs_in_')).length, 0);
  await guest.page.goto(`${house.id}/account`);
  assert.match(await guest.page.locator('main').innerText(), new RegExp(name));
});

test('somebody without a capability learns that, and no more', async () => {
  const { page } = await staff('listener');
  assert.match(await page.locator('main').innerText(), /no capability here/);
  const answer = await page.goto(`${house.staff}/keys`);
  assert.equal(answer.status(), 403);
});
