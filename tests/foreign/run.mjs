// Starts the demo and lets libraries of others log in at it: node tests/foreign/run.mjs
// Each suite prints its own counts, as scripts/lib/count reads them. Exit 0 when none failed.
import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { demo, program, root } from '../browser/lib/demo.mjs';
import { browser } from './browser.mjs';
import { clients } from './clients.mjs';

const here = join(root, 'tests/foreign');
const python = join(root, 'target/foreign/python/bin/python');

/** Runs a suite to its end, with what it says going where ours goes. */
function run(command, args, env) {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

/** The door by which suites in other languages use our browser: JSON in, JSON out. */
function door() {
  const people = new Map();
  const server = createServer(async (request, answer) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const { address, person = 'one', ...how } = JSON.parse(Buffer.concat(pieces).toString());
    const profile = people.get(person) ?? people.set(person, browser()).get(person);
    answer.setHeader('content-type', 'application/json');
    await profile.open(address, how).then(
      (found) => answer.end(JSON.stringify(found)),
      (error) => answer.writeHead(500).end(JSON.stringify({ error: error.message })),
    );
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const pythonThere = await access(python).then(() => true, () => false);
// The key of the apps that sign assertions: new each time, handed to the suites as a JWK.
const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const jwk = async (key) => ({ ...(await crypto.subtle.exportKey('jwk', key)), alg: 'ES256', kid: 'foreign' });
const { kty, crv, x, y, alg, kid } = await jwk(pair.publicKey);
const house = await demo(clients({ kty, crv, x, y, alg, kid, use: 'sig' }));
const server = await door();
const env = {
  ISSUER: house.id,
  CLIENT_KEY: JSON.stringify(await jwk(pair.privateKey)),
  BROWSER: `http://127.0.0.1:${server.address().port}/`,
  ...(pythonThere && { PYTHON: python }),
};
const codes = [];
try {
  const suites = ['openid_client', 'grants', 'registration'].map((name) => `typescript/${name}.test.mjs`);
  const files = ['quickstarts.test.mjs', ...suites].map((name) => join(here, name));
  codes.push(await run('node', ['--test', '--test-concurrency=1', '--test-reporter=tap', ...files], env));
  codes.push(await run(program('resonate-foreign-rust'), [], env));
  if (pythonThere) codes.push(await run(python, [join(here, 'python/suite.py')], env));
  else console.log('SKIP the quick start and the suite for Python: its packages could not be installed');
} finally {
  server.close();
  await house.close();
}
process.exit(codes.every((code) => code === 0) ? 0 : 1);
