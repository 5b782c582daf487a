// The README's pictures from the running demo: scripts/pictures
// With a folder as argument: a picture of every page instead, for looking at before a release; with
// a pattern behind it, of those whose names fit.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open, person } from './lib/house.mjs';
import { everyPage, memberCookies, officePages, staffCookies, stalePages } from './lib/pages.mjs';
import * as steps from './lib/steps.mjs';
import { newListener, playedTo, topUp } from './lib/listening.mjs';

const LARGE = { width: 1280, height: 800 };
const SMALL = { width: 360, height: 740 };
const pictures = new URL('../../docs/pictures/', import.meta.url).pathname;

/** The page's large and small pictures side by side, on one sheet. */
async function sheet(house, name, large, small) {
  const { page, context } = await person(house, { viewport: { width: 1280, height: 620 } });
  const src = (png) => `data:image/png;base64,${png.toString('base64')}`;
  await page.setContent(`<!doctype html><style>
    body { margin: 0; background: #e7d6c3; display: flex; gap: 40px; align-items: center;
      justify-content: center; block-size: 620px }
    img { display: block; border-radius: 12px; box-shadow: 0 6px 28px #2a1a1f44 }
    .large { inline-size: 860px } .small { inline-size: 261px }
  </style><img class="large" src="${src(large)}"><img class="small" src="${src(small)}">`);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  const png = await page.screenshot();
  await writeFile(join(pictures, `${name}.png`), png);
  console.log(`docs/pictures/${name}.png ${png.length} bytes`);
  await context.close();
}

async function signIn(house) {
  const app = await house.app(1);
  const shots = [];
  for (const viewport of [LARGE, SMALL]) {
    const { page, context } = await person(house, { viewport });
    await page.goto(app.url);
    await page.locator('#ctl-passkey').waitFor();
    shots.push(await page.screenshot());
    await context.close();
  }
  await sheet(house, 'sign-in', ...shots);
}

/** A listener with a passkey, some way into the first play of a track. */
async function player(house) {
  const me = await person(house, { viewport: LARGE });
  const { page } = me;
  await newListener(house, me);
  await topUp(house, page);
  await page.goto(`${house.listen}/`);
  const release = await page.locator('.release a').nth(1).getAttribute('href');
  await page.goto(house.listen + release);
  await page.locator('.track-play').first().click();
  await page.locator('.panel button.primary').click();
  await steps.passkey(page);
  await page.locator('.panel', { hasText: 'Your limit is set' }).locator('button.primary').click();
  await playedTo(page, 20);
  const shots = [];
  for (const viewport of [LARGE, SMALL]) {
    await page.setViewportSize(viewport);
    await page.evaluate(() => scrollTo(0, 0));
    shots.push(await page.screenshot());
  }
  await sheet(house, 'player', ...shots);
}

async function everything(house, folder, only = '') {
  await mkdir(folder, { recursive: true });
  const app = await house.app(1);
  const cookies = {
    staff: await staffCookies(house, await person(house), await person(house), 'RS256'),
    member: await memberCookies(house, await person(house)),
  };
  const stale = stalePages(house);
  const all = [...officePages(house), ...everyPage(house, app), ...stale].filter(({ name }) => new RegExp(only).test(name));
  for (const one of all) {
    const { name, as, go } = one;
    if (one === stale[0]) await house.clock(301);
    const { page, context } = await person(house, cookies[as] ? { storageState: cookies[as] } : {});
    await go(page);
    for (const [viewport, colorScheme] of [[SMALL, 'light'], [SMALL, 'dark'], [LARGE, 'light'], [LARGE, 'dark']]) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(300);
      const path = join(folder, `${name}-${viewport.width}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
    }
    console.log(name);
    await context.close();
  }
}

const house = await open();
try {
  const folder = process.argv[2];
  if (folder) await everything(house, folder, process.argv[3]);
  else {
    await mkdir(pictures, { recursive: true });
    await signIn(house);
    await player(house);
  }
} finally {
  await house.close();
}
