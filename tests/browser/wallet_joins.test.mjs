// A person makes a wallet in the browser, and it keeps its promises: four taps, one person per name,
// locked when left, gone when wiped, back by one touch.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import * as pocket from './lib/pocket.mjs';

let house;
before(async () => {
  house = await open();
});
after(() => house?.close());

/** Somebody with a device that can lock a wallet. */
const owner = (options = {}) => person(house, { prf: true, ...options });

test('joins in four taps and less than 45 seconds, and holds twenty unused cards', async () => {
  const me = await owner();
  const [policy, hosts] = [await pocket.watchPolicy(me), pocket.watchHosts(me)];
  const { page, errors } = me;
  let began = 0;
  let ended = 0;
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/nonce' && began === 0) began = Date.now();
  });
  page.on('response', (answer) => {
    if (new URL(answer.url()).pathname === '/notification') ended = Date.now();
  });
  const { taps, seconds } = await pocket.begin(house, me);
  assert.equal(taps, 4);
  assert.ok(seconds <= 45, `${seconds} s`);
  await page.getByText('20 unused copies').waitFor();
  assert.equal((await pocket.table(page, 'copies')).length, 20);
  const batch = (ended - began) / 1000;
  console.log(`# joined in ${seconds.toFixed(1)} s; 20 cards received and stored in ${batch.toFixed(2)} s`);
  assert.ok(ended > 0 && batch > 0, 'the issuer was told that the cards are stored');
  assert.ok(batch <= 1.5, `${batch} s for 20 cards`);
  assert.deepEqual(policy, []);
  assert.deepEqual(errors, []);
  const ours = [house.id, house.wallet].map((origin) => new URL(origin).host);
  assert.deepEqual([...hosts].filter((host) => host !== '' && !ours.includes(host)), []);
  // Nothing of it lies open: names and cards are sealed, and nothing is in localStorage.
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

test('locks by one tap, opens by one touch, locks by itself in another tab', async () => {
  const me = await owner();
  const { page } = me;
  await pocket.begin(house, me);
  const name = await page.locator('#ctl-persona').innerText();
  await page.locator('#ctl-lock').click();
  await page.locator('#ctl-unlock').waitFor();
  assert.equal(await page.getByText(name).count(), 0, 'a locked wallet names nobody');
  const began = Date.now();
  await page.locator('#ctl-unlock').click();
  await page.getByText('20 unused copies').waitFor();
  console.log(`# unlocked and listed in ${Date.now() - began} ms`);
  const other = await me.context.newPage();
  await other.goto(`${house.wallet}/`);
  await other.getByText('20 unused copies').waitFor();
  await other.locator('#ctl-lock').click();
  await other.locator('#ctl-unlock').waitFor();
  await page.keyboard.press('Tab');
  await page.locator('#ctl-unlock').waitFor();
});

test('another name has its own cards, and no screen but the switcher shows two', async () => {
  const me = await owner();
  const { page } = me;
  await pocket.begin(house, me);
  const first = await page.locator('#ctl-persona').innerText();
  await page.locator('#ctl-persona').click();
  await page.locator('#ctl-new-persona').click();
  const second = await page.locator('#persona-name').inputValue();
  await page.locator('#ctl-make-persona').click();
  await page.waitForURL((url) => url.origin === house.wallet && url.pathname === '/');
  await page.getByText('20 unused copies').waitFor();
  assert.equal((await pocket.table(page, 'copies')).length, 40);
  for (const path of ['/', '/scan', '/history', '/personas', '/ways', '/lock', '/about']) {
    await page.goto(house.wallet + path);
    await page.locator('#ctl-persona').waitFor();
    const text = await page.locator('body').innerText();
    assert.ok(text.includes(second) && !text.includes(first), path);
  }
  await page.goto(`${house.wallet}/personas`);
  await page.locator('#ctl-switch').click();
  await page.locator('#personas button').click();
  await page.getByText('20 unused copies').waitFor();
  const text = await page.locator('body').innerText();
  assert.ok(text.includes(first) && !text.includes(second));
});

test('wiped by two taps, with nothing left on the device', async () => {
  const me = await owner();
  const { page } = me;
  await pocket.begin(house, me);
  await page.locator('#ctl-to-wipe').click();
  await page.locator('#ctl-wipe').click();
  await page.locator('#ctl-start').waitFor();
  const left = await page.evaluate(async () => ({
    databases: (await indexedDB.databases()).map((one) => one.name),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    session: sessionStorage.length,
  }));
  assert.deepEqual(left, { databases: [], caches: [], workers: 0, session: 0 });
});

test('wiped without a network too', async () => {
  const me = await owner();
  await pocket.begin(house, me);
  await kept(me.page);
  await me.context.setOffline(true);
  await me.page.locator('#ctl-to-wipe').click();
  await me.page.locator('#ctl-wipe').click();
  await me.page.locator('#ctl-start').waitFor();
  assert.deepEqual(await me.page.evaluate(async () => (await indexedDB.databases()).length), 0);
});

/** Waits until the worker keeps the release. */
function kept(page) {
  return page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
}

test('starts without a network, with cards and history, and says that requests must wait', async () => {
  const me = await owner();
  const { page } = me;
  await pocket.begin(house, me);
  await kept(page);
  await me.context.setOffline(true);
  await page.goto(`${house.wallet}/`);
  await page.getByText('20 unused copies').waitFor();
  await page.locator('#offline').waitFor();
  for (const path of ['/history', '/ways', '/about', '/personas']) {
    await page.goto(house.wallet + path);
    await page.locator('#ctl-persona').waitFor();
    assert.equal(await page.locator('h1').count(), 1, path);
  }
  await me.context.setOffline(false);
});

test('loads nothing the second time', async () => {
  const me = await owner();
  const { page, cdp } = me;
  await page.goto(`${house.wallet}/`);
  await page.locator('#ctl-start').waitFor();
  await kept(page);
  await cdp.send('Network.enable');
  let bytes = 0;
  const asked = new Map();
  cdp.on('Network.responseReceived', ({ requestId, response }) => {
    if (!response.fromServiceWorker && !response.fromDiskCache) asked.set(requestId, response.url);
  });
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (asked.has(requestId)) bytes += encodedDataLength;
  });
  await page.reload();
  await page.locator('#ctl-start').waitFor();
  const pages = [...asked.values()].filter((url) => !url.endsWith('/sw.js'));
  assert.deepEqual(pages, [], `${bytes} bytes`);
});

test('storage that the browser erased: one touch brings the name and the history back', async () => {
  const me = await owner();
  const { page, errors } = me;
  await pocket.begin(house, me);
  const name = await page.locator('#ctl-persona').innerText();
  await page.getByText('Last saved elsewhere').waitFor();
  await page.evaluate(() => new Promise((resolve) => {
    indexedDB.deleteDatabase('resonate-wallet').onsuccess = resolve;
  }));
  await page.goto(`${house.wallet}/`);
  await page.locator('#ctl-recover').click();
  await page.locator('#ctl-passkey').click();
  await page.getByText('20 unused copies').waitFor();
  assert.equal(await page.locator('#ctl-persona').innerText(), name);
  await page.goto(`${house.wallet}/history`);
  await page.locator('.disclosures li').first().waitFor();
  assert.deepEqual(errors, []);
});

test('two vaults on one device stay apart', async () => {
  const me = await owner();
  const { page, cdp, authenticatorId } = me;
  await pocket.begin(house, me);
  const first = await page.locator('#ctl-persona').innerText();
  await page.locator('#ctl-to-wipe').click();
  await page.locator('#ctl-wipe').click();
  await page.locator('#ctl-start').waitFor();
  await pocket.begin(house, me);
  const second = await page.locator('#ctl-persona').innerText();
  assert.notEqual(first, second);
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
  assert.equal(credentials.length, 2);
  assert.notEqual(credentials[0].userHandle, credentials[1].userHandle);
  // The first vault's passkey alone opens nothing of the second.
  await page.locator('#ctl-lock').click();
  await page.locator('#ctl-unlock').waitFor();
  const handle = (one) => Buffer.from(one.userHandle, 'base64').subarray(0, 16).toString('base64url');
  const here = await page.evaluate(async () => {
    const db = await new Promise((resolve) => {
      const request = indexedDB.open('resonate-wallet');
      request.onsuccess = () => resolve(request.result);
    });
    const text = await new Promise((resolve) => {
      const request = db.transaction('vault').objectStore('vault').get('document');
      request.onsuccess = () => resolve(request.result);
    });
    db.close();
    return JSON.parse(text).vault_id;
  });
  const own = credentials.find((one) => handle(one) === here);
  await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId: own.credentialId });
  await page.locator('#ctl-unlock').click();
  const { code } = await pocket.failure(page, [first, second]);
  assert.equal(code, 'F14');
});

test('a passkey without secrets of its own: six words instead (F15)', async () => {
  const me = await person(house, { prf: false });
  const { page } = me;
  await page.goto(`${house.wallet}/start`);
  await page.locator('#ctl-continue').click();
  const { code } = await pocket.failure(page);
  assert.equal(code, 'F15');
  assert.deepEqual(await pocket.table(page, 'vault'), [], 'nothing was made');
  await page.locator('#ctl-use-passphrase').click();
  await page.waitForFunction(() => document.querySelector('#drawn')?.textContent.trim().split(/\s+/).length === 6);
  const words = (await page.locator('#drawn').innerText()).trim();
  await page.locator('#phrase-again').fill(words);
  await page.locator('#ctl-phrase').click();
  await page.locator('#ctl-later').click();
  await page.getByText('20 unused copies').waitFor();
  await page.locator('#ctl-lock').click();
  await page.locator('#passphrase').fill('six other words that open nothing');
  await page.locator('#ctl-passphrase').click();
  assert.equal((await pocket.failure(page, [words])).code, 'F14');
  await page.locator('#ctl-again').click();
  await page.locator('#passphrase').fill(words);
  await page.locator('#ctl-passphrase').click();
  await page.getByText('20 unused copies').waitFor();
});
