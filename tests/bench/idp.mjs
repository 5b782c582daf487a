// The provider against npm oidc-provider 9.13: ours durable on SQLite (synchronous FULL), the peer in
// memory; both on core 0, the driver on core 1, ABBA. What counts as the same work: README.md.
import { cpSync, existsSync, fdatasyncSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { cpuSeconds, fixed, machine, median, onCoreOne, onCoreZero, residentMb, root } from './lib.mjs';

const short = process.argv.includes('--short');
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const number = (name, long, brief) => Number(process.env[name] ?? (short ? brief : long));
const pairs = number('BENCH_PAIRS', 7, 2);
const seconds = number('BENCH_SECONDS', 10, 3);
const warm = number('BENCH_WARM', 5, 1);
const logins = number('BENCH_LOGINS', 100_000, 500);
const live = number('BENCH_LIVE', 10_000, 300);
const apps = 256;
const alg = process.env.BENCH_ALG ?? 'RS256';
const resource = 'https://api.example/v1';
const built = process.env.BENCH_TARGET ?? join(root, 'target/release');
const seed = process.env.BENCH_DATA ?? join(root, 'target/bench-data');
const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? join(root, 'target'), 'bench-idp-'));
const file = (name) => join(folder, name);
const say = (text) => console.log(text);

// As many apps as keep each below the 6,000 token calls a minute that ours allows one of them.
writeFileSync(file('apps.json'), JSON.stringify(Array.from({ length: apps }, (_, n) => ({
  client_id: `app-${n}`, client_secret: `secret-of-app-${n}-long-enough-for-a-bench`, client_name: `App ${n}`,
  redirect_uris: ['https://app.example/cb'], token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['authorization_code', 'client_credentials'], response_types: ['code'], scope: 'openid api',
  id_token_signed_response_alg: alg,
}))));
// The API that client credentials are for: an app of ours with a resource of its own.
const api = { client_id: 'api', client_secret: 'secret-of-the-api-long-enough-for-a-bench', client_name: 'API',
  redirect_uris: ['https://api.example/cb'], grant_types: ['authorization_code'], scope: 'openid',
  resource, access_token_signing_alg: 'ES256' };
writeFileSync(file('ours.json'), JSON.stringify([...JSON.parse(readFileSync(file('apps.json'), 'utf8')), api]));

/** Microseconds of writing 4 kB and flushing it, median of 200. */
function flush() {
  const out = openSync(file('flush'), 'w');
  const block = Buffer.alloc(4096, 7);
  const times = Array.from({ length: 200 }, (_, n) => {
    const began = process.hrtime.bigint();
    writeSync(out, block, 0, block.length, n * block.length);
    fdatasyncSync(out);
    return Number(process.hrtime.bigint() - began) / 1e3;
  });
  closeSync(out);
  return median(times);
}

async function ours() {
  const data = file(`data-${Math.random().toString(36).slice(2)}`);
  cpSync(seed, data, { recursive: true });
  const demo = await onCoreZero(join(built, 'resonate'), ['demo', '--data', data, '--listen', '127.0.0.1:0', '--clients', file('ours.json')], { RESONATE_LOG: 'warn' });
  const host = new URL(demo.id).host;
  return { name: 'ours', child: demo.child, flags: ['--to', `127.0.0.1:${new URL(demo.id).port}`, '--host', host, '--issuer', demo.id] };
}

async function peer(keep) {
  const started = await onCoreZero(process.execPath, [join(root, 'tests/bench/peer.mjs'), file('apps.json'), alg, resource, ...(keep ? [String(keep)] : [])], { NODE_ENV: 'production' });
  return { name: 'peer', child: started.child, flags: ['--to', `127.0.0.1:${started.port}`, '--host', `localhost:${started.port}`, '--issuer', 'http://localhost',
    '--authorize', '/auth', '--token', '/token', '--introspect', '/token/introspection', '--jwks', '/jwks'] };
}

async function stop(sides) {
  for (const side of sides) {
    const gone = new Promise((resolve) => side.child.once('exit', resolve));
    side.child.kill('SIGTERM');
    await gone;
  }
}

function drive(side, kind, more = []) {
  const before = cpuSeconds([side.child.pid]);
  const span = ['--seconds', String(seconds), '--warm', String(warm)];
  const out = onCoreOne(join(built, 'resonate-bench-driver'), [kind, ...side.flags, '--apps', file('apps.json'), ...span, ...more]);
  const run = JSON.parse(out.trim().split('\n').at(-1));
  const cpu = cpuSeconds([side.child.pid]) - before;
  return { ...run, rate: run.done / run.seconds, cpu };
}

/** One unit, ABBA; prints both sides and the median of the ratios. */
function unit(title, sides, kind, bar, more) {
  const ratios = [], runs = { ours: [], peer: [] };
  for (let pair = 0; pair < pairs; pair += 1) {
    const order = pair % 2 === 0 ? sides : [...sides].reverse();
    const rate = {};
    for (const side of order) {
      const run = drive(side, kind, more(side));
      runs[side.name].push(run);
      rate[side.name] = run.rate;
    }
    ratios.push(rate.ours / rate.peer);
  }
  for (const name of ['ours', 'peer']) {
    const m = (key) => median(runs[name].map((run) => run[key]));
    say(`${title.padEnd(34)} ${name}  ${fixed(m('rate'), 0).padStart(7)}/s  p50 ${fixed(m('p50_us') / 1e3, 1)} ms  p99 ${fixed(m('p99_us') / 1e3, 1)} ms  driver ${fixed(m('busy') * 100, 0)} % of its core`);
  }
  const rates = runs.peer.map((run) => run.rate);
  const spread = (Math.max(...rates) - Math.min(...rates)) / median(rates);
  const busy = Math.max(...Object.values(runs).flat().map((run) => run.busy));
  const faults = [spread > 0.15 && `peer spreads ${fixed(spread * 100, 0)} %`, busy > 0.8 && `driver used ${fixed(busy * 100, 0)} % of its core`].filter(Boolean);
  const ratio = median(ratios);
  const verdict = faults.length > 0 && !short ? `NOT VALID (${faults.join(', ')})` : ratio >= bar ? 'PASS' : 'FAIL';
  say(`${title.padEnd(34)} ratio ${fixed(ratio)} (${fixed(Math.min(...ratios))} to ${fixed(Math.max(...ratios))}), bar ${fixed(bar)}: ${verdict}${faults.length > 0 ? `; ${faults.join(', ')}` : ''}`);
}

const units = {
  login: async () => {
    const sides = [await ours(), await peer()];
    try { unit(`code login, ${alg}, 64 connections`, sides, 'login', 2, () => []); } finally { await stop(sides); }
  },
  credentials: async () => {
    const sides = [await ours(), await peer()];
    try { unit('client credentials, ES256 JWT', sides, 'credentials', 3, () => ['--connections', '16', '--resource', resource]); } finally { await stop(sides); }
  },
  introspection: async () => {
    const sides = [await ours(), await peer(1_000_000)];
    try {
      for (const side of sides) drive(side, 'login', ['--count', String(live), '--keep', file(`tokens-${side.name}`)]);
      unit(`introspection, ${live} live tokens`, sides, 'introspect', 2, (side) => ['--connections', '16', '--keep', file(`tokens-${side.name}`)]);
    } finally { await stop(sides); }
  },
  jwks: async () => {
    const sides = [await ours(), await peer()];
    try { unit('key set', sides, 'get', 2, () => ['--connections', '16']); } finally { await stop(sides); }
  },
  memory: async () => {
    const held = {};
    for (const open of [ours, peer]) {
      const side = await open();
      try {
        const before = residentMb(side.child.pid);
        const run = drive(side, 'login', ['--count', String(logins)]);
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        held[side.name] = residentMb(side.child.pid);
        say(`memory after ${logins} logins       ${side.name}  ${fixed(held[side.name], 1)} MB (${fixed(before, 1)} before; ${fixed(run.rate, 0)} logins/s)`);
      } finally { await stop([side]); }
    }
    const ratio = held.ours / held.peer;
    say(`memory after ${logins} logins       ratio ${fixed(ratio)}, bar 0.50: ${ratio <= 0.5 ? 'PASS' : 'FAIL'}`);
  },
};

try {
  if (!existsSync(join(root, 'tests/bench/node_modules/oidc-provider'))) throw new Error('npm ci in tests/bench first');
  const version = JSON.parse(readFileSync(join(root, 'tests/bench/node_modules/oidc-provider/package.json'), 'utf8')).version;
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  say(`machine: ${machine()}; ours ${commit}, oidc-provider ${version} on Node ${process.version}; ${pairs} pairs of ${seconds} s after ${warm} s`);
  say(`flush of 4 kB: ${fixed(flush() / 1e3, 3)} ms (median of 200)`);
  let failed = false;
  for (const name of wanted.length > 0 ? wanted : Object.keys(units)) {
    // One unit that cannot run does not hide the others.
    try { await units[name](); } catch (error) { failed = true; say(`${name}: ERROR ${String(error.message).slice(0, 600)}`); }
  }
  process.exitCode = failed ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
