// Every page there is, and how to come to it. A signed-in person is the demo's `listener`.
import * as steps from './steps.mjs';

/** `as`: who looks; `go` leaves the page open. The order matters only for reading. */
export function everyPage(house, app) {
  const { id, listen, wallet, coop, staff } = house;
  const at = (url) => (page) => page.goto(url);
  const visitor = [
    ['listen-home', at(`${listen}/`)],
    ['artist', async (page) => { await page.goto(`${listen}/`); await follow(page, '.artists a'); }],
    ['release', async (page) => { await page.goto(`${listen}/`); await follow(page, '.release a'); }],
    ['track', async (page) => { await page.goto(`${listen}/`); await follow(page, '.track-title'); }],
    ['search', at(`${listen}/search`)],
    ['search-found', at(`${listen}/search?q=fl`)],
    ['search-nothing', at(`${listen}/search?q=zzzzqqqq`)],
    ['library-out', at(`${listen}/library`)],
    ['purse-out', at(`${listen}/purse`)],
    ['books', at(`${listen}/books`)],
    ['listen-nowhere', at(`${listen}/nowhere`)],
    ['player-sign-in', async (page) => {
      await page.goto(`${listen}/`);
      await page.locator('.track-play').first().click();
      await page.locator('.panel').waitFor();
    }],
    ['player-preview', async (page) => {
      await page.goto(`${listen}/`);
      await page.locator('.track-preview').first().click();
      await page.locator('.bar').waitFor();
    }],
    ['id-home', at(`${id}/`)],
    ['join', at(`${id}/join`)],
    ['sign-in', at(app.url)],
    ['account-out', at(`${id}/account`)],
    // With a login of just now: these pages ask for a fresh proof first otherwise.
    ['account-passkeys', (page) => fresh(page, `${id}/account/passkeys`)],
    ['account-passkeys-named', async (page) => {
      await fresh(page, `${id}/account/passkeys`);
      await page.locator('#new-name').fill('Blue phone');
      await page.locator('#ctl-add').click();
      await page.locator('#passkeys summary').first().click();
    }],
    ['account-close', (page) => fresh(page, `${id}/account/close`)],
    ['account-sign-in', async (page) => {
      await page.goto(`${id}/account`);
      await page.locator('#ctl-sign-in').click();
      await page.locator('#ctl-passkey').waitFor();
    }],
    ['device', at(`${id}/device`)],
    ['problem', at(`${id}/problems/not-found`)],
    ['problems', at(`${id}/problems`)],
    ['id-nowhere', at(`${id}/nowhere`)],
    ['wallet-home', at(`${wallet}/`)],
    ['wallet-present-unread', at(`${wallet}/present`)],
    ['wallet-present', async (page) => {
      await page.goto(app.url);
      await page.locator('#ctl-wallet').click();
      await page.locator('#command').waitFor();
    }],
    ['qr', async (page) => {
      await page.goto(app.url);
      await page.locator('#ctl-qr').click();
      await page.locator('svg.qr').waitFor();
    }],
    ['wallet-callback', at(`${wallet}/cb?code=abc&state=def&iss=${encodeURIComponent(id)}`)],
    ['coop-home', at(`${coop}/`)],
    ['staff-home', at(`${staff}/`)],
    ['staff-owner-out', at(`${staff}/owner`)],
  ];
  const member = [
    ['listen-home-in', at(`${listen}/`)],
    ['library', at(`${listen}/library`)],
    ['purse', at(`${listen}/purse`)],
    // The oldest one, which is paid: the page of an open one loads itself anew every two seconds.
    ['topup', async (page) => { await page.goto(`${listen}/purse`); await follow(page, 'a[href^="/purse/topups/"] >> nth=-1'); }],
    ['fake-pay', async (page) => {
      await page.goto(`${listen}/purse`);
      await page.locator('button[name=minor]').first().click();
      await page.locator('button[name=act]').first().waitFor();
    }],
    ['player-limit', async (page) => {
      await page.goto(`${listen}/`);
      await page.locator('.track-play').first().click();
      await page.locator('.panel, .bar').first().waitFor();
    }],
    ['id-home-in', at(`${id}/`)],
    ['account', at(`${id}/account`)],
    ['account-logins', at(`${id}/account/logins`)],
    ['account-apps', at(`${id}/account/apps`)],
    ['account-log', at(`${id}/account/log`)],
    ['account-data', at(`${id}/account/data`)],
    ['logout', at(`${id}/logout`)],
    ['consent', async (page) => { await page.goto(app.url); await page.locator('#ctl-allow').waitFor(); }],
    ['wallet-back', async (page) => {
      await page.goto(app.url);
      const ix = new URL(page.url()).pathname;
      await page.goto(`${id}${ix}/back`);
    }],
  ];
  return [
    ...visitor.map(([name, go]) => ({ name, as: 'visitor', go })),
    ...member.map(([name, go]) => ({ name, as: 'member', go })),
  ];
}

/** Pages of the account that ask for a fresh proof first: for a login older than five minutes. */
export function stalePages({ id }) {
  return ['passkeys', 'close'].map((name) => ({
    name: `account-${name}-stale`,
    as: 'member',
    go: async (page) => {
      await page.goto(`${id}/account/${name}`);
      await page.locator('#ctl-confirm').waitFor();
    },
  }));
}

/** Cookies of the demo's listener at every origin, with one top-up in the purse's history. */
export async function memberCookies(house, person) {
  const { page, context } = person;
  await page.goto(`${house.listen}/login?return=%2Fpurse`);
  await steps.persona(page, 'listener');
  await page.waitForURL((url) => url.origin === house.listen);
  await page.locator('button[name=minor]').first().click();
  await page.locator('button[name=act][value=pay]').click();
  await page.waitForURL((url) => url.pathname.startsWith('/purse'));
  return context.storageState();
}

/** Signs in as the demo's artist to a page of the account. */
async function fresh(page, url) {
  await page.goto(url);
  await page.locator('#ctl-sign-in').click();
  await steps.persona(page, 'artist');
  await page.waitForURL((at) => at.pathname === new URL(url).pathname);
}

async function follow(page, link) {
  const href = await page.locator(link).first().getAttribute('href');
  await page.goto(new URL(href, page.url()).href);
}

/** Pages of the staff origin, for its secretary: a request waits, and an account is looked at. */
export function officePages({ staff }) {
  const at = (url) => (page) => page.goto(url);
  const office = [
    ...['/', '/clients', '/clients/app-1', '/keys', '/accounts', '/invites', '/people', '/acts', '/owner']
      .map((path) => [`staff${path.replaceAll('/', '-')}`, at(staff + path)]),
    ['staff-act', async (page) => { await page.goto(`${staff}/`); await follow(page, 'main a[href^="/acts/"]'); }],
    ['staff-account', async (page) => {
      await page.goto(`${staff}/accounts`);
      await page.locator('#ctl-target').fill('demo-artist');
      await page.locator('#ctl-reason').fill('a look for the pictures');
      await page.locator('main button.primary').click();
      await page.waitForURL((url) => url.pathname.startsWith('/accounts/'));
    }],
    ['staff-invited', async (page) => {
      await page.goto(`${staff}/invites`);
      await page.locator('#ctl-reason').fill('an invitation for the pictures');
      await page.locator('main button.primary').click();
      await page.locator('#ctl-link').waitFor();
    }],
  ];
  return office.map(([name, go]) => ({ name, as: 'staff', go }));
}

/** Cookies of the demo's secretary at the staff origin, with a request of the owner's that waits: a new
 *  key of that kind, for which nobody asked yet. */
export async function staffCookies(house, owner, secretary, kind) {
  for (const [{ page }, name] of [[owner, 'owner'], [secretary, 'secretary']]) {
    await page.goto(`${house.staff}/login`);
    await steps.persona(page, name);
    await page.waitForURL((url) => url.origin === house.staff);
  }
  await owner.page.goto(`${house.staff}/keys`);
  await owner.page.locator('select[name=target]').selectOption(kind);
  await owner.page.locator('textarea[name=reason]').fill('the yearly change of the key');
  await owner.page.locator('main button.primary').click();
  await owner.page.waitForURL((url) => url.pathname.startsWith('/acts/'));
  return secretary.context.storageState();
}
