// People at their own pages: passkeys, apps, data, the end of an account.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { clients, device, open, person } from './lib/house.mjs';
import * as steps from './lib/steps.mjs';

const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

let house;
before(async () => { house = await open(); });
after(() => house?.close());

/** Someone who joined just now. */
async function member() {
  const me = await person(house);
  const name = steps.handle();
  await me.page.goto(`${house.id}/join`);
  await steps.join(me.page, name);
  return { ...me, name };
}

/** Puts another device in place of the one there was. */
async function otherDevice(me) {
  await me.cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: me.authenticatorId });
  me.authenticatorId = await device(me.cdp);
}

/** Adds the passkey of the device that is there, on the page that is open. */
async function add(page, name) {
  await page.locator('#new-name').fill(name);
  await page.locator('#ctl-add').click();
  await page.locator('#passkeys h2', { hasText: name }).waitFor();
}

test('adds a second passkey, renames and removes; the last one stays', async () => {
  const me = await member();
  const { page, cdp } = me;
  await page.goto(`${house.id}/account/passkeys`);
  assert.equal(await page.locator('.nudge').count(), 1, 'one way in: a nudge');
  assert.match(await page.locator('#passkeys').innerText(), /last way in/);
  await otherDevice(me);
  await add(page, 'Second device');
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId: me.authenticatorId });
  assert.equal(credentials.length, 1);
  assert.equal(await page.locator('.nudge').count(), 0, 'two ways in: none');

  const second = page.locator('#passkeys .card', { hasText: 'Second device' });
  await second.locator('summary').click();
  await second.locator('input[name=name]').fill('Red phone');
  await second.locator('details button').click();
  await page.locator('#passkeys h2', { hasText: 'Red phone' }).waitFor();
  assert.equal(await page.locator('#passkeys h2', { hasText: 'Second device' }).count(), 0);

  // More than five minutes later the page asks for a passkey, in place, and goes on.
  await house.clock(301);
  await page.reload();
  assert.equal(await page.locator('#ctl-add').count(), 0);
  await page.locator('#ctl-confirm').click();
  await page.locator('#ctl-add').waitFor();
  assert.equal(new URL(page.url()).pathname, '/account/passkeys');

  const first = page.locator('#passkeys .card').filter({ hasNotText: 'Red phone' });
  await first.locator('form[action$="/remove"] button').click();
  await first.waitFor({ state: 'detached' });
  const last = page.locator('#passkeys .card');
  assert.equal(await last.count(), 1);
  assert.match(await last.innerText(), /last way in/);
  assert.equal(await last.locator('form[action$="/remove"]').count(), 0);
  const refused = await page.evaluate(async () => {
    const token = document.querySelector('input[name=form_token]').value;
    const id = document.querySelector('#passkeys').dataset.accepted;
    const answer = await fetch(`/api/account/passkeys/${id}`, {
      method: 'DELETE', headers: { 'Form-Token': token },
    });
    return [answer.status, (await answer.json()).type];
  });
  assert.deepEqual(refused, [409, '/problems/last-way-in']);

  await page.goto(`${house.id}/account/log`);
  const log = await page.locator('.log').innerText();
  assert.match(log, /A passkey was added: Second device/);
  assert.match(log, /A passkey was removed: Passkey/);
  assert.deepEqual(me.errors.filter((line) => !/409/.test(line)), []);
});

test('a device that holds a passkey of the account is not given another', async () => {
  const { page } = await member();
  await page.goto(`${house.id}/account/passkeys`);
  await page.locator('#ctl-add').click();
  await page.locator('#add-says.bad').waitFor();
  assert.match(await page.locator('#add-says').innerText(), /has a passkey for this account already/);
  assert.equal(await page.locator('#passkeys .card').count(), 1);
});

/** An app that stays connected: its tokens, after the person agreed. */
async function connected(page) {
  const { client_id, client_secret } = clients[2];
  const waiting = createServer((_, answer) => answer.end('<!doctype html><title>app</title>ok'));
  await new Promise((resolve) => waiting.listen(0, '127.0.0.1', resolve));
  const redirect_uri = `http://127.0.0.1:${waiting.address().port}/cb`;
  const query = new URLSearchParams({
    client_id, redirect_uri, response_type: 'code', scope: clients[2].scope, state: 's', nonce: 'n',
    code_challenge: CHALLENGE, code_challenge_method: 'S256',
  });
  await page.goto(`${house.id}/authorize?${query}`);
  await page.locator('input[name=nickname]').fill('Heron');
  await steps.decide(page, 'allow');
  await page.waitForURL((url) => url.href.startsWith(redirect_uri));
  const code = new URL(page.url()).searchParams.get('code');
  waiting.close();
  waiting.closeAllConnections();
  const ask = async (form) => {
    const basic = Buffer.from(`${client_id}:${client_secret}`).toString('base64');
    const answer = await fetch(`${house.id}/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${basic}` },
      body: new URLSearchParams(form),
    });
    return { status: answer.status, body: await answer.json() };
  };
  const tokens = await ask({ grant_type: 'authorization_code', code, redirect_uri, code_verifier: VERIFIER });
  assert.equal(tokens.status, 200, JSON.stringify(tokens.body));
  const { refresh_token } = tokens.body;
  return () => ask({ grant_type: 'refresh_token', refresh_token });
}

test('cuts off an app, whose refresh token dies', async () => {
  const { page, errors } = await member();
  const refresh = await connected(page);
  assert.equal((await refresh()).status, 200);
  await page.goto(`${house.id}/account/apps`);
  const card = page.locator('.card', { hasText: 'Partner app 3' });
  const says = await card.innerText();
  assert.match(says, /Heron/);
  assert.match(says, /stay connected until you end it/);
  await card.locator('button').click();
  await card.waitFor({ state: 'detached' });
  const dead = await refresh();
  assert.deepEqual([dead.status, dead.body.error], [400, 'invalid_grant']);
  assert.deepEqual(errors, []);
});

test('takes all data along, and closes the account', async () => {
  const me = await member();
  const { page, name } = me;
  const refresh = await connected(page);
  await page.goto(`${house.id}/account/data`);
  const [json, csv] = [[], []];
  for (const [format, into] of [['json', json], ['csv', csv]]) {
    const waiting = page.waitForEvent('download');
    await page.locator(`#ctl-export-${format}`).click();
    into.push(await readFile(await (await waiting).path(), 'utf8'));
  }
  const whole = JSON.parse(json[0]);
  assert.equal(whole.data.account[0].handle, name);
  const payload = JSON.parse(Buffer.from(whole.jws.split('.')[1], 'base64url').toString());
  assert.deepEqual(payload.data, whole.data);
  assert.ok(csv[0].includes(`account,1,handle,"${name}"`));

  await page.goto(`${house.id}/account/close`);
  assert.match(await page.locator('table').innerText(), /Can never be made again/);
  await page.locator('input[name=confirm]').check();
  await page.locator('#ctl-close').click();
  const receipt = await page.locator('#receipt').innerText();
  const says = JSON.parse(Buffer.from(receipt.split('.')[1], 'base64url').toString());
  assert.equal(says.handle, name);
  assert.equal(says.deleted.account, 1);
  assert.equal((await refresh()).body.error, 'invalid_grant');
  assert.equal((await page.goto(`${house.id}/account`)).status(), 401);
  // Its passkey opens nothing any more.
  await page.locator('#ctl-sign-in').click();
  await page.locator('#ctl-passkey').click();
  await page.locator('#passkey-says.bad').waitFor();
  assert.match(await page.locator('#passkey-says').innerText(), /passkey-refused/);
});

test('a passkey is offered in the field as soon as the page is there', async () => {
  const me = await member();
  const { page, context, cdp, authenticatorId } = me;
  await context.clearCookies();
  const app = await house.app(1);
  // The device waits for a touch: the page shows the field, and the button works beside it.
  await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: false });
  const asked = page.waitForRequest((request) => request.url().endsWith('/passkey/options'));
  await page.goto(app.url);
  await asked;
  const field = page.locator('#ctl-handle');
  await field.waitFor();
  assert.equal(await field.getAttribute('autocomplete'), 'username webauthn');
  // A touch, and nobody pressed anything.
  await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: true });
  await page.reload();
  await page.locator('button[name=decision]').first().waitFor();
  assert.deepEqual(me.errors, []);
});

test('without script everything is read and named, and the rest says what it needs', async () => {
  const { context } = await member();
  const state = await context.storageState();
  const { page } = await person(house, { javaScriptEnabled: false, storageState: state });
  for (const name of ['', '/passkeys', '/logins', '/apps', '/log', '/data', '/close']) {
    const answer = await page.goto(`${house.id}/account${name}?lang=de`);
    assert.equal(answer.status(), 200);
    assert.equal(await page.locator('html').getAttribute('lang'), 'de');
    assert.ok(await page.locator('.langs a', { hasText: 'English' }).count() === 1, name);
  }
  await page.goto(`${house.id}/account/passkeys?lang=de`);
  assert.match(await page.locator('noscript').first().innerText(), /JavaScript/);
  await page.locator('#passkeys summary').click();
  await page.locator('#passkeys input[name=name]').fill('Küche');
  await page.locator('#passkeys details button').click();
  await page.locator('h2', { hasText: 'Küche' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'de', 'the language stays');
  await page.locator('#ctl-later').click();
  await page.waitForURL((url) => url.pathname === '/account');
  assert.equal(await page.locator('.nudge').count(), 0);
});

test('all of it by keyboard', async () => {
  const { page } = await member();
  await page.goto(`${house.id}/account`);
  const reach = async (what) => {
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), what)) return;
    }
    assert.fail(`${what} is not reached by Tab`);
  };
  await reach('.rooms a[href$="/account/logins"]');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === '/account/logins');
  await reach('.card summary');
  await page.keyboard.press('Enter');
  await reach('.card input[name=label]');
  await page.keyboard.type('Kitchen');
  await page.keyboard.press('Enter');
  await page.locator('.card h2', { hasText: 'Kitchen' }).waitFor();
  await reach('#ctl-everywhere');
  await page.keyboard.press('Enter');
  await page.locator('h1', { hasText: 'signed out everywhere' }).waitFor();
});
