// What a listener does at the listening pages.
import * as steps from './steps.mjs';

/** Comes to the listening pages as somebody new, with a passkey. */
export async function newListener(house, me) {
  await me.page.goto(`${house.listen}/`);
  await me.page.locator('.top-session').click();
  await me.page.locator('a', { hasText: 'Join' }).click();
  await me.page.locator('#join').waitFor();
  await steps.join(me.page, steps.handle());
  await me.page.waitForURL((url) => url.origin === house.listen);
}

/** Pays for the smallest top-up at the provider's own page and waits for the credit. */
export async function topUp(house, page) {
  await page.goto(`${house.listen}/purse`);
  await page.locator('button[name=minor]').first().click();
  await page.locator('button[name=act][value=pay]').click();
  await page.waitForURL((url) => url.pathname.startsWith('/purse'));
  return balanceOnce(house, page, (ucr) => ucr > 0);
}

/** The balance when `holds` is true of it, or the last one seen: money moves some seconds later. */
export async function balanceOnce(house, page, holds) {
  let ucr;
  for (let tries = 0; tries < 60; tries += 1) {
    await page.goto(`${house.listen}/purse`);
    ucr = await balance(page);
    if (holds(ucr)) break;
    await page.waitForTimeout(500);
  }
  return ucr;
}

/** Micro-credits, from the purse page that is open. */
export async function balance(page) {
  return Number(await page.locator('#available').getAttribute('data-ucr'));
}

/** What the one audio element of the player does. */
export async function sound(page) {
  return page.locator('audio.player-audio').evaluate((audio) => ({
    at: audio.currentTime, paused: audio.paused, muted: audio.muted, error: audio.error?.message ?? null,
  }));
}

/** Waits until that much was really played. */
export async function playedTo(page, seconds) {
  await page.waitForFunction(
    (wanted) => document.querySelector('audio.player-audio')?.currentTime >= wanted,
    seconds,
    { timeout: 120_000 },
  );
}
