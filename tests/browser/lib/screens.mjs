// Every screen of the browser wallet, and how to come to it: for somebody with a wallet that has
// joined, or for a visitor without one.

/** `needs`: `nothing`, `wallet` (joined and open). Each leaves its screen open. */
export function everyScreen(house, app) {
  const { wallet } = house;
  const at = (path, control) => async (page) => {
    await page.goto(wallet + path);
    await page.locator(control).first().waitFor();
  };
  const press = (path, ...controls) => async (page) => {
    await page.goto(wallet + path);
    for (const control of controls) await page.locator(control).first().click();
  };
  const visitor = [
    ['landing', at('/', '#ctl-start')],
    ['start', at('/start', '#ctl-continue')],
    ['start-passphrase', at('/start?by=passphrase', '#ctl-phrase')],
    ['recover', at('/recover', '#ctl-passkey')],
    ['recover-file', press('/recover', '#ctl-by-file')],
    ['about-out', at('/about', '#release-hash')],
    ['present-out', async (page) => {
      await page.goto(app.url);
      await page.locator('#ctl-wallet').click();
      await page.locator('#command').waitFor();
    }],
    ['offer-out', at('/offer?credential_offer_uri=https%3A%2F%2Fid.example%2Foffers%2F1', '#ctl-start')],
    ['present-unread', at('/present', 'h1')],
    ['back-out', at('/cb?code=c&state=s', '#command')],
  ];
  const owner = [
    ['cards', at('/', '.wallet-card')],
    ['cards-facts', async (page) => {
      await page.goto(`${wallet}/`);
      await page.locator('.wallet-card summary').click();
    }],
    ['present', async (page) => {
      // Joining signed the person in; the app is to ask the wallet.
      await page.context().clearCookies();
      await page.goto(app.url);
      await page.locator('#ctl-wallet').click();
      await page.locator('#ctl-show').waitFor();
      await page.locator('input[role=switch]').first().check();
    }],
    ['scan', at('/scan', '#ctl-camera')],
    ['history', at('/history', '.disclosures')],
    ['disclosure', press('/history', '.disclosures a')],
    ['personas', press('/personas', '#ctl-switch')],
    ['persona-new', press('/personas', '#ctl-new-persona')],
    ['ways', press('/ways', '#ctl-picture')],
    ['ways-add', press('/ways', '#ctl-add-way')],
    ['ways-file', press('/ways', '#ctl-file')],
    ['wipe', at('/lock', '#ctl-wipe')],
    ['about', at('/about', '#release-hash')],
    ['failed-F13', async (page) => {
      await page.goto(`${wallet}/cb?code=c&state=s&iss=x`);
      await page.locator('.failure').waitFor();
    }],
    ['locked', press('/', '#ctl-lock')],
  ];
  return [
    ...visitor.map(([name, go]) => ({ name, needs: 'nothing', go })),
    ...owner.map(([name, go]) => ({ name, needs: 'wallet', go })),
  ];
}

