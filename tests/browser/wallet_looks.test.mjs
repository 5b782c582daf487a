// Every screen of the browser wallet on a small and a large page, light and dark, in German and with
// text twice as large: nothing for axe to say, nothing wider than the page, at most one main button.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import * as pocket from './lib/pocket.mjs';
import { everyScreen } from './lib/screens.mjs';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const SMALL = { width: 360, height: 740 };
const LARGE = { width: 1280, height: 800 };

let house;
let app;
before(async () => {
  house = await open();
  app = await house.app(1);
});
after(() => house?.close());

for (const locale of ['en-GB', 'de-DE']) {
  test(`every screen in ${locale}`, async (t) => {
    const guest = await person(house, { locale });
    const owner = await person(house, { locale, prf: true });
    const policy = await pocket.watchPolicy(owner);
    await pocket.join(house, owner);
    await t.test('back-in', () => looksWell(owner, locale));
    await owner.page.locator('#ctl-later').click();
    for (const { name, needs, go } of everyScreen(house, app)) {
      const me = needs === 'wallet' ? owner : guest;
      await t.test(name, async () => {
        await go(me.page);
        await looksWell(me, locale);
      });
    }
    assert.deepEqual(policy, []);
  });
}

async function looksWell({ page, cdp }, locale) {
  assert.equal(await page.locator('html').getAttribute('lang'), locale.slice(0, 2));
  assert.equal(await page.locator('h1').count(), 1);
  assert.ok(await page.locator('main .primary').count() <= 1, 'one main button');
  // The script comes by the debugger, so that the page's content security policy stays on.
  await cdp.send('Runtime.evaluate', { expression: `${axe};0` });
  const looks = locale === 'en-GB' ? [[SMALL, 'light'], [SMALL, 'dark'], [LARGE, 'light'], [LARGE, 'dark']] : [[SMALL, 'light']];
  for (const [size, colorScheme] of looks) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    await page.waitForFunction(() => document.getAnimations().every((a) => a.playState === 'finished'));
    assert.deepEqual(await violations(page), [], `${size.width} ${colorScheme}`);
    await fits(page, `${size.width} ${colorScheme}`);
  }
  await page.setViewportSize(SMALL);
  await cdp.send('Runtime.evaluate', { expression: TWICE });
  await fits(page, 'text twice as large');
  await cdp.send('Runtime.evaluate', { expression: 'document.adoptedStyleSheets = []' });
}

/** As the browser's own setting of the text's size does. */
const TWICE = `(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('html { font-size: 200% }');
  document.adoptedStyleSheets = [sheet];
})()`;

async function fits(page, what) {
  const [wide, screen] = await page.evaluate(() => [
    document.documentElement.scrollWidth, document.documentElement.clientWidth,
  ]);
  assert.ok(wide <= screen, `${what}: ${wide} pixels wide on ${screen}`);
}

async function violations(page) {
  const found = await page.evaluate(
    (values) => globalThis.axe.run({ runOnly: { type: 'tag', values } }),
    RULES,
  );
  return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary}`));
}
