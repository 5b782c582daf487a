// What can go wrong with the wallet in the browser, F1 to F22: each is reached, says what happened,
// whose side, what is kept and what to do, and its details hold nothing of the person.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import * as pocket from './lib/pocket.mjs';

let house;
let me;
let secrets;
before(async () => {
  house = await open({ through: true });
  me = await person(house, { prf: true });
  await pocket.begin(house, me);
  secrets = [await me.page.locator('#ctl-persona').innerText()];
});
after(() => house?.close());

const NONCE = 'a-nonce-of-enough-letters';
const seconds = () => Math.floor(Date.now() / 1000);

/** An unsigned request of this machine's issuer, changed by `change`. */
function request(change = {}, facts = ['account'], card = 'listener') {
  const uri = change.response_uri ?? `${house.id}/vp/s`;
  const query = {
    credentials: [{
      id: 'c', format: 'dc+sd-jwt', meta: { vct_values: [`${house.id}/vct/${card}/1`] },
      claims: facts.map((fact) => ({ path: [fact] })),
    }],
  };
  const parameters = {
    client_id: `redirect_uri:${uri}`, response_type: 'vp_token', response_mode: 'direct_post',
    response_uri: uri, nonce: NONCE, state: 's', dcql_query: JSON.stringify(query),
    client_metadata: '{}', ...change,
  };
  return `${house.wallet}/present?${new URLSearchParams(parameters)}`;
}

function offer(change = {}, issuer = house.id) {
  const text = JSON.stringify({
    credential_issuer: issuer, credential_configuration_ids: ['listener'], ...change,
  });
  return `${house.wallet}/offer?${new URLSearchParams({ credential_offer: text })}`;
}

/** Opens an address and holds the failure it ends in. */
async function fails(code, url) {
  await me.page.goto(url);
  await says(code);
}

async function says(code, page = me.page) {
  const { code: shown, details } = await pocket.failure(page, [...secrets, NONCE]);
  assert.equal(shown, code, details);
  assert.match(details, new RegExp(`^code: ${code}$`, 'm'));
  const words = await page.locator('main').innerText();
  for (const label of ['Whose side', 'What is kept', 'What to do']) assert.ok(words.includes(label), label);
  assert.ok(!/\bf-\d+-/.test(words), 'every sentence has words');
  assert.equal(await page.locator('main .primary').count(), 1);
}

/** Answers as a server might, for requests that `fits`. */
function answering(fits, status, body, headers = {}) {
  house.front.answer = (url, method) => {
    if (!fits(url, method)) return null;
    if (status === 'cut') return 'cut';
    const all = {
      'content-type': 'application/json', 'access-control-allow-origin': '*',
      'access-control-expose-headers': 'Retry-After, Request-Id', ...headers,
    };
    return { status, headers: all, body: JSON.stringify(body) };
  };
}
const honest = () => {
  house.front.answer = () => null;
};
const to = (path) => (url, method) => url.pathname === path && method === 'POST';

test('F1: a request that is not as it must be', () => fails('F1', request({ nonce: 'short' })));
test('F2: a request that is too old', () => fails('F2', request({ exp: String(seconds() - 900) })));
test('F3: a clock that is off', () => fails('F3', request({ iat: String(seconds() + 900) })));
test('F4: an offer for another wallet', () => fails('F4', offer({ resonate_jkt: 'A'.repeat(43) })));
test('F8: no card of that kind', () => fails('F8', request({}, ['good_standing'], 'member')));
test('F10: a fact that is for another place', () => fails('F10', request({ response_uri: 'http://127.0.0.1:9/s' })));
test('F13: a sign-in that began elsewhere', () => fails('F13', `${house.wallet}/cb?code=c&state=s&iss=x`));
test('F19: an issuer nobody knows', () => fails('F19', offer({}, 'https://issuer.example')));

test('F5: an offer that is not there yet, and a person who stops waiting', async () => {
  const at = `${house.id}/offers/none`;
  answering((url) => url.pathname === '/offers/none', 404, {});
  await me.page.goto(`${house.wallet}/offer?credential_offer_uri=${encodeURIComponent(at)}`);
  await me.page.locator('#wait-left').waitFor();
  await me.page.locator('#ctl-stop').click();
  await says('F5');
  honest();
});

test('F6: an offer that was used', async () => {
  answering((url) => url.pathname === '/offers/used', 410, { error: 'invalid_grant' });
  const at = encodeURIComponent(`${house.id}/offers/used`);
  await fails('F6', `${house.wallet}/offer?credential_offer_uri=${at}`);
  honest();
});

test('F7: a desk\'s code that is wrong until it is dead', async () => {
  answering(to('/token'), 400, { error: 'invalid_grant' });
  const grant = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
  const desk = { 'pre-authorized_code': 'p', tx_code: { input_mode: 'numeric', length: 4, description: 'Ask Ada.' } };
  await me.page.goto(offer({ grants: { [grant]: desk } }));
  await me.page.locator('#ctl-take').click();
  for (let n = 0; n < 6 && await me.page.locator('.failure').count() === 0; n++) {
    await me.page.locator('#code').or(me.page.locator('.failure')).first().waitFor();
    if (await me.page.locator('#code').count() === 0) break;
    await me.page.locator('#code').fill('1234');
    await me.page.locator('#ctl-code').click();
    await me.page.waitForTimeout(300);
  }
  await says('F7');
  honest();
});

test('F11: an answer the app does not take; the copy is spent', async () => {
  answering(to('/vp/s'), 400, { error: 'invalid_request' });
  await me.page.goto(request());
  await pocket.show(me.page);
  await says('F11');
  honest();
  await me.page.goto(`${house.wallet}/`);
  await me.page.getByText('19 unused copies').waitFor();
});

test('F12: no answer; the history says that nobody knows', async () => {
  answering(to('/vp/s'), 'cut');
  await me.page.goto(request());
  await pocket.show(me.page);
  await says('F12');
  honest();
  await me.page.goto(`${house.wallet}/history`);
  assert.match(await me.page.locator('.disclosures li').first().innerText(), /not known/);
});

test('F22: a busy server, and a person who stops waiting', async () => {
  answering((url) => url.pathname === '/offers/busy', 503, {}, { 'retry-after': '30' });
  const at = encodeURIComponent(`${house.id}/offers/busy`);
  await me.page.goto(`${house.wallet}/offer?credential_offer_uri=${at}`);
  await me.page.locator('#wait-left').waitFor();
  await me.page.locator('#ctl-stop').click();
  await says('F22');
  honest();
});

test('F20: a camera that is refused', async () => {
  await me.page.goto(`${house.wallet}/scan`);
  await me.page.locator('#ctl-camera').click();
  await says('F20');
  await me.page.locator('#ctl-paste-link').click();
  await me.page.locator('#pasted').waitFor();
});

test('F9: no unused copy is left', async () => {
  const other = await person(house, { prf: true });
  await pocket.begin(house, other);
  await other.page.evaluate(async () => {
    const db = await new Promise((resolve) => {
      const request = indexedDB.open('resonate-wallet');
      request.onsuccess = () => resolve(request.result);
    });
    const all = db.transaction('copies', 'readwrite').objectStore('copies');
    await new Promise((resolve) => {
      const request = all.openCursor();
      request.onsuccess = () => {
        const at = request.result;
        if (!at) return resolve();
        at.update({ ...at.value, state: 'shown' });
        at.continue();
      };
    });
    db.close();
  });
  await other.page.goto(request());
  await says('F9', other.page);
  await other.context.close();
});

test('F16: storage that the browser erased', async () => {
  const other = await person(house, { prf: true });
  await pocket.begin(house, other);
  await other.page.locator('#ctl-lock').click();
  await other.page.locator('#ctl-unlock').waitFor();
  await other.page.evaluate(() => new Promise((resolve) => {
    indexedDB.deleteDatabase('resonate-wallet').onsuccess = resolve;
  }));
  await other.page.locator('#ctl-unlock').click();
  await says('F16', other.page);
  await other.context.close();
});

test('F17: a full device', async () => {
  const other = await person(house, { prf: true });
  await other.page.goto(`${house.wallet}/start`);
  await other.page.locator('#ctl-continue').waitFor();
  await other.cdp.send('Storage.overrideQuotaForOrigin', { origin: house.wallet, quotaSize: 1 });
  await other.page.locator('#ctl-continue').click();
  await says('F17', other.page);
  await other.context.close();
});

test('F18: a vault that was altered', async () => {
  const other = await person(house, { prf: true });
  await pocket.begin(house, other);
  await other.page.locator('#ctl-lock').click();
  await other.page.locator('#ctl-unlock').waitFor();
  await other.page.evaluate(async () => {
    const db = await new Promise((resolve) => {
      const request = indexedDB.open('resonate-wallet');
      request.onsuccess = () => resolve(request.result);
    });
    const vault = db.transaction('vault', 'readwrite').objectStore('vault');
    const text = await new Promise((resolve) => {
      const request = vault.get('document');
      request.onsuccess = () => resolve(request.result);
    });
    const altered = JSON.parse(text);
    const { ct } = altered.day;
    altered.day.ct = (ct[0] === 'A' ? 'B' : 'A') + ct.slice(1);
    await new Promise((resolve) => {
      vault.put(JSON.stringify(altered), 'document').onsuccess = resolve;
    });
    db.close();
  });
  await other.page.locator('#ctl-unlock').click();
  await says('F18', other.page);
  await other.context.close();
});
