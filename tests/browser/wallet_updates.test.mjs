// A new release of the browser wallet: shown with its hash before it takes over, and refused when it is
// not what the co-op lists.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open, person } from './lib/house.mjs';
import { root } from './lib/demo.mjs';
import * as pocket from './lib/pocket.mjs';

const KINDS = {
  js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml',
  png: 'image/png', json: 'application/json', html: 'text/html; charset=utf-8',
};

let house;
let folder;
let shell;
before(async () => {
  house = await open({ through: true });
  folder = await mkdtemp(join(tmpdir(), 'resonate-release-'));
  await cp(join(root, 'web/dist'), folder, { recursive: true });
  await built('9.9.9');
  shell = await headersOf('/shell');
});
after(async () => {
  await house?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The next release, by the build's own hand. */
async function built(version) {
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const [out, entries] = [JSON.stringify(folder), JSON.stringify(manifest)];
  const code = `const { buildWallet } = await import('./pwa/build.mjs');
    await buildWallet(${out}, ${entries}, ${JSON.stringify(version)});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: join(root, 'web'), stdio: ['ignore', 'ignore', 'inherit'],
  });
  const status = await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(status, 0, 'the build of the next release');
}

/** The server's own headers of a path of the wallet. */
function headersOf(path) {
  const { host, port } = new URL(house.wallet);
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.headers);
    }).on('error', reject).end();
  });
}

/** From now on the server carries the next release; its list is `list`. */
async function serving(list) {
  const files = JSON.parse(await readFile(join(folder, 'wallet/release.json'), 'utf8')).files;
  const bytes = new Map();
  const own = { '/release.json': 'release.json', '/sw.js': 'sw.js', '/argon.js': 'argon.js', '/shell': 'shell.html' };
  for (const path of [...Object.keys(files), '/release.json']) {
    const [plain, query] = path.split('?');
    const lang = query?.split('=')[1];
    const file = lang ? `wallet/manifest.${lang}.json` : own[plain] ? `wallet/${own[plain]}` : plain.slice(1);
    bytes.set(path, { body: await readFile(join(folder, file)), kind: KINDS[file.split('.').pop()] });
  }
  house.front.answer = (url) => {
    if (url.origin !== house.wallet) return null;
    if (url.pathname === '/.well-known/resonate-wallet-releases') {
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(list) };
    }
    const lang = url.searchParams.get('lang');
    const known = bytes.get(lang ? `${url.pathname}?lang=${lang}` : url.pathname);
    if (!known) return null;
    const policy = url.pathname === '/shell' ? { 'content-security-policy': shell['content-security-policy'] } : {};
    return { status: 200, headers: { 'content-type': known.kind, ...policy }, body: known.body };
  };
}

async function hash() {
  return createHash('sha256').update(await readFile(join(folder, 'wallet/release.json'))).digest('hex');
}

/** Somebody whose wallet was opened with the release of today. */
async function opened() {
  house.front.answer = () => null;
  const me = await person(house, { prf: true });
  await me.page.goto(`${house.wallet}/about`);
  await me.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await me.page.reload();
  await me.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  assert.notEqual(await me.page.locator('#version').innerText(), '9.9.9');
  return me;
}

const look = (page) => page.evaluate(async () => {
  await (await navigator.serviceWorker.getRegistration()).update();
});

test('a new release shows version and hash, and takes over when the person says so', async () => {
  const { page } = await opened();
  const sum = await hash();
  await serving({ releases: [{ version: '9.9.9', sha256: sum }] });
  await look(page);
  const notice = page.locator('#update');
  await notice.waitFor();
  const words = await notice.innerText();
  assert.ok(words.includes('9.9.9') && words.includes(sum), words);
  await page.goto(`${house.wallet}/about`);
  assert.notEqual(await page.locator('#version').innerText(), '9.9.9', 'not before it was said');
  await page.locator('#ctl-update').click();
  await page.getByText('9.9.9', { exact: true }).waitFor();
  assert.equal(await page.locator('#update').count(), 0);
});

test('F21: a release that is not listed is refused, and the wallet goes on as it was', async () => {
  const { page } = await opened();
  await serving({ releases: [] });
  await look(page);
  const { code } = await pocket.failure(page);
  assert.equal(code, 'F21');
  assert.equal(await page.locator('#update').count(), 0);
  await page.locator('#ctl-keep-old').click();
  await page.locator('#ctl-start').waitFor();
  await page.goto(`${house.wallet}/about`);
  assert.notEqual(await page.locator('#version').innerText(), '9.9.9');
});
