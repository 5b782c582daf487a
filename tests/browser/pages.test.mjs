// Every page, on a small and a large screen, light and dark, and in German: nothing for axe to say,
// nothing in the console, nothing wider than the screen, nothing from elsewhere.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import { everyPage, memberCookies } from './lib/pages.mjs';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const SMALL = { width: 360, height: 740 };
const LARGE = { width: 1280, height: 800 };
const LOOKS = [
  { viewport: SMALL, colorScheme: 'light', locale: 'en-GB' },
  { viewport: SMALL, colorScheme: 'dark', locale: 'en-GB' },
  { viewport: LARGE, colorScheme: 'light', locale: 'en-GB' },
  { viewport: LARGE, colorScheme: 'dark', locale: 'en-GB' },
  { viewport: SMALL, colorScheme: 'light', locale: 'de-DE' },
];

let house;
let app;
let cookies;
before(async () => {
  house = await open();
  app = await house.app(1);
  cookies = await memberCookies(house, await person(house));
});
after(() => house?.close());

for (const look of LOOKS) {
  const { viewport, colorScheme, locale } = look;
  test(`${viewport.width}x${viewport.height} ${colorScheme} ${locale}`, async (t) => {
    for (const { name, as, go } of everyPage(house, app)) {
      await t.test(name, () => seen(look, as, go));
    }
  });
}

/** Opens a page in a browser of its own and holds it against the rules. */
async function seen(look, as, go) {
  const me = await person(house, { ...look, ...(as === 'member' ? { storageState: cookies } : {}) });
  const hosts = new Set();
  const wrong = [];
  me.page.on('request', (request) => hosts.add(new URL(request.url()).hostname));
  me.page.on('response', (answer) => {
    if (answer.status() >= 500) wrong.push(`${answer.status()} ${answer.url()}`);
  });
  try {
    await go(me.page);
    await me.page.waitForLoadState('load');
    assert.deepEqual(wrong, []);
    assert.deepEqual(await violations(me), []);
    assert.deepEqual(me.errors.filter((line) => !expected(line, me.page.url())), []);
    const [wide, screen] = await me.page.evaluate(() => [
      document.documentElement.scrollWidth, document.documentElement.clientWidth,
    ]);
    assert.ok(wide <= screen, `${wide} pixels wide on ${screen}`);
    assert.equal(await me.page.locator('h1').count(), 1);
    assert.deepEqual([...hosts].filter((host) => !loopback(host)), []);
  } finally {
    await me.context.close();
  }
}

/** What axe finds, a line each. The script comes by the debugger, so that the page's CSP stays on. */
async function violations({ page, cdp }) {
  await cdp.send('Runtime.evaluate', { expression: `${axe};0` });
  const found = await page.evaluate(
    (values) => globalThis.axe.run({ runOnly: { type: 'tag', values } }),
    RULES,
  );
  return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary}`));
}

/** Chromium logs the status of a refused page, and of a proof that is asked for its nonce. */
function expected(line, page) {
  const [, status, url] = /status of (\d+) .*? (http\S+)$/.exec(line) ?? [];
  if (status === undefined) return false;
  return url === page || (status === '401' && /\/(play|tracks)\//.test(url));
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
