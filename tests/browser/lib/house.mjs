// A running demo of its own for a test file: real binary, real browser, loopback only.
import { spawn } from 'node:child_process';
import { open as openFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { demo as begin, program, ready, stopped } from './demo.mjs';
import { front } from './front.mjs';

/** Milliseconds one step of a browser may take: the machine may be busy with other tests. */
const PATIENCE = 60_000;

/** The apps that the journeys log in at. Redirects are loopback with any port. */
export const clients = [1, 2, 3].map((n) => ({
  client_id: `app-${n}`,
  client_secret: `secret-of-app-${n}-long-enough-for-a-test`,
  client_name: `Partner app ${n}`,
  application_type: 'native',
  redirect_uris: ['http://127.0.0.1/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_basic',
  // The third stays connected.
  scope: n === 3 ? 'openid profile offline_access' : 'openid profile',
}));

/** Runs resonate-wallet to its end and reads its JSON. */
async function walletRun(args, passphrase) {
  const stdio = ['ignore', 'pipe', 'pipe', passphrase.fd];
  const child = spawn(program('resonate-wallet'), args, { stdio });
  const [out, said] = [[], []];
  child.stdout.on('data', (piece) => out.push(piece));
  child.stderr.on('data', (piece) => said.push(piece));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`resonate-wallet ${args.join(' ')} ended with ${code}: ${said.join('')}`);
  const text = out.join('');
  return text.trim() === '' ? null : JSON.parse(text);
}

/** Opens a house: demo, browser, and what closes both. `through`: what the browser asks passes `front`,
 *  which a test can have answer in the server's place. */
export async function open({ tls = false, more = [], through = false } = {}) {
  const demo = await begin(clients, tls ? ['--tls', ...more] : more);
  const { folder } = demo;
  const { port } = new URL(demo.id);
  const between = through ? await front(Number(port)) : null;
  const rules = ['localhost', '*.localhost'].map((host) => `MAP ${host}:${port} 127.0.0.1:${between?.port}`);
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
      '--autoplay-policy=no-user-gesture-required', '--mute-audio',
      ...(between ? [`--host-resolver-rules=${rules.join(', ')}`] : []),
    ],
  });
  const apps = [];
  return {
    ...demo,
    browser,
    front: between,
    /** A partner app of its own process. */
    async app(n, extra = []) {
      const { client_id, client_secret } = clients[n - 1];
      const app = await ready(program('resonate-partner'), [
        '--issuer', demo.id, '--client-id', client_id, '--client-secret', client_secret, ...extra,
      ]);
      apps.push(app.child);
      return app;
    },
    /** resonate-wallet with a folder of its own: `await ada('cards')` resolves with what it printed. */
    terminal(name) {
      const [data, secret] = [join(folder, `wallet-${name}`), join(folder, `passphrase-${name}`)];
      return async (...args) => {
        await writeFile(secret, `six quiet words for ${name} alone\n`);
        const passphrase = await openFile(secret);
        try {
          return await walletRun(['--data', data, '--passphrase-fd', '3', '--json', ...args], passphrase);
        } finally {
          await passphrase.close();
        }
      };
    },
    async clock(seconds) {
      const answer = await fetch(`${demo.id}/demo/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ advance: seconds }),
      });
      if (!answer.ok) throw new Error(`the demo clock answered ${answer.status}`);
    },
    async close() {
      await browser.close();
      for (const app of apps) await stopped(app);
      await between?.close();
      await demo.close();
    },
  };
}

/** What the console says of a page in good order: the partner apps, not ours, have no icon; and a
 *  proof without a nonce is answered by 401 with the nonce (RFC 9449 8). */
function usual(text, url) {
  const { pathname } = new URL(url || 'about:blank');
  const proven = /^\/(play|tracks)\/|^\/(par|token|nonce|credential|notification|vault)$|^\/vault\//;
  const asked = (text.includes('401') || text.includes('400')) && proven.test(pathname);
  return pathname === '/favicon.ico' || asked;
}

/** What a device needs for a wallet's passkey: secrets of its own, synced as those of a phone are. */
export const PRF = { hasPrf: true, defaultBackupEligibility: true, defaultBackupState: true };

/** A passkey device that always says yes: the only one of its page until it is removed. */
export async function device(cdp, options = {}) {
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true,
      hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
      ...options,
    },
  });
  return authenticatorId;
}

/** A browser profile with a passkey authenticator that always says yes. */
export async function person(house, { prf = false, ...options } = {}) {
  const context = await house.browser.newContext({
    viewport: { width: 360, height: 740 }, locale: 'en-GB', ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (line) => {
    const { url } = line.location();
    if (line.type() === 'error' && !usual(line.text(), url)) errors.push(`${line.text()} ${url}`);
  });
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const authenticatorId = await device(cdp, prf ? PRF : {});
  return { context, page, errors, cdp, authenticatorId };
}
