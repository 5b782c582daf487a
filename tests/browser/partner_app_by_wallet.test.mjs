// An app that knows nothing of wallets, and a person who shows a card from one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import * as steps from './lib/steps.mjs';

// The page there sends the code of its fragment at once, and so is gone before it has loaded.
const COMMIT = { waitUntil: 'commit' };

let house;
let wallet;
before(async () => {
  house = await open();
  wallet = house.terminal('ada');
  await wallet('init');
  await wallet('join', house.id, '--handle', steps.handle(), '--yes');
});
after(() => house?.close());

/** From the app to the wallet's page, and from there to what the wallet answers. */
async function present(page, app) {
  await page.goto(app.url);
  await page.locator('#ctl-wallet').click();
  await page.waitForURL((url) => url.origin === house.wallet && url.pathname === '/present');
  const command = await page.locator('#command').innerText();
  assert.match(command, /^resonate-wallet present /);
  assert.ok(command.includes(page.url()) || command.includes('client_id='));
  assert.match(await page.locator('main').innerText(), /account/i);
  const answer = await wallet('present', page.url(), '--yes');
  assert.ok(answer.redirect_uri.startsWith(`${house.id}/interaction/`));
  return answer.redirect_uri;
}

test('logs in by wallet; a second app sees another subject', async () => {
  const { page, errors } = await person(house);
  const app = await house.app(1);
  const back = await present(page, app);

  await page.goto(back, COMMIT);
  await steps.decide(page, 'allow');
  const seen = await steps.learned(page, app);
  assert.match(seen.sub, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(seen.acr, 'urn:resonate:acr:wallet');
  assert.deepEqual(errors, []);

  const other = await house.app(2);
  await page.goto(other.url);
  await steps.decide(page, 'allow');
  const there = await steps.learned(page, other);
  assert.notEqual(there.sub, seen.sub);
});

test('the same wallet is the same person at the app', async () => {
  const app = await house.app(1);
  const subs = [];
  for (const _ of [1, 2]) {
    const { page } = await person(house);
    await page.goto(await present(page, app), COMMIT);
    await steps.decideIfAsked(page, app);
    subs.push((await steps.learned(page, app)).sub);
  }
  assert.equal(subs[0], subs[1]);
});

test('in another browser the link back is refused, and then it is worth nothing anywhere', async () => {
  const [mine, thief] = [await person(house), await person(house)];
  const app = await house.app(1);
  const back = await present(mine.page, app);
  for (const { page } of [thief, mine]) {
    await page.goto(back, COMMIT);
    await page.getByText('wrong-browser').waitFor();
    assert.equal(await page.locator('button[name=decision]').count(), 0);
  }
});
