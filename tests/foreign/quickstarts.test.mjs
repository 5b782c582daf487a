// Each quick start, taken out of its page byte for byte, runs against the built program as an app of
// the one call its page shows; a person signs in, and the app learns the subject and the nickname.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { program, root, stopped } from '../browser/lib/demo.mjs';
import { browser } from './browser.mjs';

const here = join(root, 'tests/foreign');
const issuer = process.env.ISSUER;
const python = process.env.PYTHON;

const page = (name) => readFile(join(root, 'docs/quickstarts', name), 'utf8');

/** The block of a page, at most 25 lines. */
async function block(name, fence) {
  const text = await page(name);
  const found = text.match(new RegExp(`\n\`\`\`${fence}\n([\\s\\S]*?)\n\`\`\`\n`));
  assert.ok(found, `${name} has no block`);
  const lines = found[1].split('\n');
  assert.ok(lines.length <= 25, `${name}: ${lines.length} lines`);
  assert.deepEqual(lines.filter((line) => line.length > 110), [], `${name}: lines over 110 characters`);
  return `${found[1]}\n`;
}

/** The app that the page's own call makes: the line of the page is run, with the demo of this run and
 *  a free port in place of the ones it names. */
async function made(name, redirect) {
  const text = await page(name);
  const [line] = text.match(/^curl -s http:\/\/localhost:8080\/developers\/sandbox\/clients .*$/m) ?? [];
  assert.ok(line, `${name} shows no call`);
  const call = line.replace('http://localhost:8080', issuer).replace('http://127.0.0.1:3000/cb', redirect);
  const told = spawnSync('sh', ['-c', call], { encoding: 'utf8' });
  assert.equal(told.status, 0, told.stderr);
  const { client_id } = JSON.parse(told.stdout);
  assert.ok(client_id, told.stdout);
  return client_id;
}

/** A port that is free now. */
async function port() {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port: free } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return free;
}

/** Waits until something answers there. */
async function answers(address) {
  for (let left = 100; ; left -= 1) {
    const answer = await fetch(address, { redirect: 'manual' }).catch(() => undefined);
    if (answer) return;
    assert.ok(left > 0, `nothing answers at ${address}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Runs an app, signs a person in twice at it, and returns what each of the two logins told it. */
async function learned(command, args, { of, cwd, env, opens }) {
  const redirect = `http://127.0.0.1:${await port()}/cb`;
  const app = await made(of, redirect);
  const people = browser();
  const logins = [];
  for (let login = 1; login <= 2; login += 1) {
    const child = spawn(command, args, {
      cwd, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env, ISSUER: issuer, CLIENT_ID: app, REDIRECT_URI: redirect },
    });
    const said = [];
    child.stderr.on('data', (piece) => said.push(piece));
    try {
      const start = opens ? opens(redirect) : await first(child, said);
      if (opens) await answers(start);
      const { nickname, page } = await people.open(start);
      logins.push({ nickname: nickname ?? logins[0]?.nickname, page });
    } catch (error) {
      throw new Error(`${error.message}\n${said.join('')}`);
    } finally {
      await stopped(child);
    }
  }
  return logins;
}

/** The address a command-line app asks to open. */
function first(child, said) {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('Open ')) resolve(line.slice('Open '.length));
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said.join('')}`)));
  });
}

/** Both logins named the same person by the same subject, with the nickname chosen at consent. */
function same(logins) {
  const subs = logins.map(({ page, nickname }) => {
    assert.ok(nickname, 'a nickname was chosen');
    assert.ok(page.includes(nickname), `${nickname} is missing in ${page}`);
    return page.match(/[A-Za-z0-9_-]{43}/)?.[0];
  });
  assert.ok(subs[0], logins[0].page);
  assert.equal(subs[1], subs[0]);
}

test('the quick start for TypeScript logs a person in', async () => {
  const folder = join(here, 'typescript/target');
  await mkdir(folder, { recursive: true });
  const text = await block('typescript.md', 'ts');
  // Node before 22.18 does not run `.ts`; the block has no types that would have to be taken away.
  for (const name of ['login.ts', 'login.mjs']) await writeFile(join(folder, name), text);
  const strict = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext'];
  const checked = spawnSync(join(here, 'typescript/node_modules/.bin/tsc'), [...strict, '--types', 'node', 'login.ts'], {
    cwd: folder, encoding: 'utf8',
  });
  assert.equal(checked.status, 0, checked.stdout);
  same(await learned('node', ['login.mjs'], { of: 'typescript.md', cwd: folder }));
});

test('the quick start for Rust logs a person in', async () => {
  await block('rust.md', 'rust');
  same(await learned(program('resonate-quickstart'), [], { of: 'rust.md' }));
});

// run.mjs says SKIP where the packages could not be installed.
if (python) test('the quick start for Python logs a person in', async () => {
  const folder = join(root, 'target/foreign');
  await writeFile(join(folder, 'login.py'), await block('python.md', 'python'));
  same(await learned(python, ['login.py'], {
    of: 'python.md',
    cwd: folder,
    env: { AUTHLIB_INSECURE_TRANSPORT: '1' },
    opens: (redirect) => new URL('/', redirect).href,
  }));
});
