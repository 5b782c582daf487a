// A house that knows another house as an outside OpenID provider. Ours is on https, so that the two,
// which share the name localhost, do not share cookies.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { demo } from './lib/demo.mjs';
import { open, person } from './lib/house.mjs';
import * as steps from './lib/steps.mjs';

const SECRET = 'secret-between-two-houses-for-a-test';
/** Our certificate is our own. */
const TRUSTING = { ignoreHTTPSErrors: true };

let beside;
let house;
before(async () => {
  const port = await freePort();
  beside = await demo([{
    client_id: 'resonate',
    client_secret: SECRET,
    client_name: 'The house next door',
    redirect_uris: [`https://localhost:${port}/external/beside/callback`],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    scope: 'openid',
  }]);
  const file = join(beside.folder, 'providers.json');
  const provider = {
    issuer: beside.id, client_id: 'resonate', client_secret: SECRET, label: 'House beside',
  };
  await writeFile(file, JSON.stringify({ beside: provider }));
  house = await open({ tls: true, more: ['--tls-listen', `127.0.0.1:${port}`, '--providers', file] });
  assert.equal(house.id, `https://localhost:${port}`);
});
after(async () => {
  await house?.close();
  await beside?.close();
});

/** A port nobody listens on at the moment. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** At the other house, as the demo's artist there, who allows it once. */
async function there(page, { first = false } = {}) {
  await page.waitForURL((url) => url.origin === beside.id);
  await steps.persona(page, 'artist');
  if (first) await steps.decide(page, 'allow');
}

/** What went wrong at our own pages. The other house has the same host name, so the browser offers it
 *  the passkey made for ours, and it says no. */
const ours = (errors) => errors.filter((line) => !line.includes(`${beside.id}/`));

/** Attaches it to an account that is new; the browser stays signed in there. */
async function attached() {
  const me = await person(house, TRUSTING);
  const { page } = me;
  await page.goto(`${house.id}/join`);
  await steps.join(page, steps.handle());
  await page.goto(`${house.id}/account/external`);
  await page.locator('#ctl-attach-beside').click();
  await there(page, { first: true });
  await page.waitForURL(`${house.id}/account/external`);
  await page.locator('button[name=detach]').waitFor();
  assert.deepEqual(ours(me.errors), []);
  return me;
}

test('attached, it signs in to an app but not to the account; detached, it signs in no more', async () => {
  const me = await attached();

  // Another browser, where nobody is signed in yet.
  const other = await person(house, TRUSTING);
  await other.page.goto(`${house.listen}/login?return=%2Fpurse`);
  await other.page.locator('#ctl-external-beside').click();
  await there(other.page);
  await other.page.waitForURL((url) => url.origin === house.listen);
  assert.deepEqual(ours(other.errors), []);
  await other.page.goto(`${house.id}/account`);
  await other.page.locator('#ctl-sign-in').waitFor();
  assert.match(await other.page.locator('main').innerText(), /weak way/);

  await me.page.locator('button[name=detach]').click();
  await me.page.waitForURL(`${house.id}/account/external`);
  assert.equal(await me.page.locator('button[name=detach]').count(), 0);

  const late = await person(house, TRUSTING);
  await late.page.goto(`${house.listen}/login?return=%2Fpurse`);
  await late.page.locator('#ctl-external-beside').click();
  await there(late.page);
  await late.page.getByText('external-unknown').waitFor();
});
