// Every page, on a small and a large screen, light and dark, and in German: nothing for axe to say,
// nothing in the console, nothing wider than the screen, nothing from elsewhere.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import { everyPage, memberCookies, officePages, staffCookies, stalePages } from './lib/pages.mjs';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const SMALL = { width: 360, height: 740 };
const LARGE = { width: 1280, height: 800 };
const LOOKS = [SMALL, LARGE].flatMap((size) => ['light', 'dark'].map((colorScheme) => ({ size, colorScheme })));

let house;
let app;
const cookies = {};
before(async () => {
  house = await open();
  app = await house.app(1);
  cookies.member = await memberCookies(house, await person(house));
});
after(() => house?.close());

// German has the longer words: they are held against the narrow screen.
for (const [locale, looks] of [['en-GB', LOOKS], ['de-DE', LOOKS.slice(0, 1)]]) {
  test(`every page in ${locale}`, async (t) => {
    for (const { name, as, go } of everyPage(house, app)) {
      await t.test(name, () => seen(locale, looks, as, go));
    }
  });
}

// Their proof is good for a quarter of an hour: each language begins with a new one.
for (const [locale, looks, kind] of [['en-GB', LOOKS, 'RS256'], ['de-DE', LOOKS.slice(0, 1), 'ES256']]) {
  test(`every page of staff in ${locale}`, async (t) => {
    cookies.staff = await staffCookies(house, await person(house), await person(house), kind);
    for (const { name, as, go } of officePages(house)) {
      await t.test(name, () => seen(locale, looks, as, go));
    }
  });
}

test('pages that ask for a fresh proof', async (t) => {
  await house.clock(301);
  for (const [locale, looks] of [['en-GB', LOOKS], ['de-DE', LOOKS.slice(0, 1)]]) {
    for (const { name, as, go } of stalePages(house)) {
      await t.test(`${name} ${locale}`, () => seen(locale, looks, as, go));
    }
  }
});

/** Opens a page in a browser of its own and holds every look of it against the rules. */
async function seen(locale, looks, as, go) {
  const me = await person(house, { locale, ...(cookies[as] ? { storageState: cookies[as] } : {}) });
  const { page } = me;
  const hosts = new Set();
  const wrong = [];
  const visited = new Set();
  page.on('request', (request) => {
    hosts.add(new URL(request.url()).hostname);
    if (request.isNavigationRequest()) visited.add(request.url());
  });
  page.on('response', (answer) => {
    if (answer.status() >= 500) wrong.push(`${answer.status()} ${answer.url()}`);
  });
  try {
    await go(page);
    await page.waitForLoadState('load');
    assert.deepEqual(wrong, []);
    assert.equal(await page.locator('html').getAttribute('lang'), locale.slice(0, 2));
    assert.equal(await page.locator('h1').count(), 1);
    // The script comes by the debugger, so that the page's content security policy stays on.
    await me.cdp.send('Runtime.evaluate', { expression: `${axe};0` });
    for (const look of looks) await looksWell(page, look);
    assert.deepEqual(me.errors.filter((line) => !expected(line, visited)), []);
    assert.deepEqual([...hosts].filter((host) => !loopback(host)), []);
  } finally {
    await me.context.close();
  }
}

async function looksWell(page, { size, colorScheme }) {
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme });
  // Colours fade from one look to the other; axe must not see the middle.
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState === 'finished'));
  assert.deepEqual(await violations(page), [], `${size.width} ${colorScheme}`);
  const [wide, screen] = await page.evaluate(() => [
    document.documentElement.scrollWidth, document.documentElement.clientWidth,
  ]);
  assert.ok(wide <= screen, `${wide} pixels wide on ${screen}`);
}

/** What axe finds, a line each. */
async function violations(page) {
  const found = await page.evaluate(
    (values) => globalThis.axe.run({ runOnly: { type: 'tag', values } }),
    RULES,
  );
  return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary}`));
}

/** Chromium logs the status of a page that is a refusal. */
function expected(line, visited) {
  return /status of 4\d\d/.test(line) && [...visited].some((page) => line.endsWith(` ${page}`));
}

function loopback(host) {
  return host === '127.0.0.1' || host === 'localhost' || host.endsWith('.localhost') || host === '';
}

test('the sign-in page is small: one page, one style sheet, one script, 30 kB', async () => {
  const { page, cdp } = await person(house);
  await cdp.send('Network.enable');
  const kinds = new Map();
  const sizes = new Map();
  cdp.on('Network.responseReceived', ({ requestId, type, response }) => {
    if (response.url.startsWith(house.id)) kinds.set(requestId, type);
  });
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    sizes.set(requestId, encodedDataLength);
  });
  await page.goto(app.url);
  await page.locator('#ctl-passkey').waitFor();
  await page.waitForLoadState('networkidle');
  const count = (type) => [...kinds.values()].filter((kind) => kind === type).length;
  assert.deepEqual([count('Document'), count('Stylesheet'), count('Script')], [1, 1, 1]);
  const bytes = [...kinds.keys()].reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0);
  assert.ok(bytes > 2_000 && bytes <= 30_000, `${bytes} bytes`);
});
