// Media bytes against Debian's nginx: CPU seconds per GB, grant check on in ours, interleaved ABBA.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuSeconds, fixed, machine, median, onCoreOne, onCoreZero, root } from './lib.mjs';

const pairs = Number(process.env.BENCH_PAIRS ?? 3);
const seconds = Number(process.env.BENCH_SECONDS ?? 5);
const folder = mkdtempSync(join(tmpdir(), 'resonate-bench-'));
// Started by root, nginx serves as another user, who has to be let in.
chmodSync(folder, 0o755);

function nginx(port) {
  const config = `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log warn;
events { worker_connections 256; }
http {
  access_log off; sendfile on; sendfile_max_chunk 0; tcp_nopush off; tcp_nodelay on;
  open_file_cache max=100; open_file_cache_valid 60s; keepalive_requests 100000000;
  server { listen 127.0.0.1:${port}; root ${folder}; }
}`;
  writeFileSync(join(folder, 'nginx.conf'), config);
  return spawn('taskset', ['-c', '0', 'nginx', '-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'inherit' });
}

function children(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function drive(side, size) {
  process.env.BENCH_SIZE = String(size);
  process.env.BENCH_LENGTH = String(side.length);
  process.env.BENCH_PATH = side.path;
  process.env.BENCH_HOST = side.host;
  const before = cpuSeconds(side.pids);
  const out = onCoreOne('wrk', ['-t1', '-c16', `-d${seconds}s`, '-s', join(root, 'tests/bench/range.lua'), side.url]);
  const cpu = cpuSeconds(side.pids) - before;
  const run = JSON.parse(out.trim().split('\n').at(-1));
  if (run.errors > 0) throw new Error(`${side.name}: ${run.errors} errors`);
  return { perGb: cpu / (run.bytes / 1e9), gbs: run.bytes / run.us / 1e3, rate: run.requests / (run.us / 1e6), p99: run.p99_us };
}

const demo = await onCoreZero(join(root, 'target/release/resonate'), ['demo', '--data', join(root, 'target/bench-data'), '--listen', '127.0.0.1:0']);
const peer = nginx(18_089);
try {
  const listen = new URL(demo.listen);
  const base = `http://127.0.0.1:${listen.port}`;
  // By curl: Node's fetch lets nobody set Host, and Node does not resolve *.localhost.
  const get = (path) => JSON.parse(spawnSync('curl', ['-s', '-H', `Host: ${listen.host}`, '-H', 'Accept: application/json', base + path], { encoding: 'utf8' }).stdout);
  const home = get('/');
  const track = JSON.stringify(home).match(/"id":"([0-9a-f]{32})","title"[^}]*?"duration_ms"|"track":"([0-9a-f]{32})"/);
  const id = process.env.BENCH_TRACK ?? track?.[1] ?? track?.[2] ?? home.tracks?.[0]?.id;
  const preview = get(`/tracks/${id}/preview`);
  const bytes = spawnSync('curl', ['-s', '-H', `Host: ${listen.host}`, base + preview.url], { maxBuffer: 1 << 28 }).stdout;
  writeFileSync(join(folder, 'file.mp3'), bytes);
  const ours = { name: 'ours', pids: [demo.child.pid], url: base, path: preview.url, host: listen.host, length: bytes.length };
  const theirs = { name: 'nginx', pids: [peer.pid, ...children(peer.pid)], url: 'http://127.0.0.1:18089', path: '/file.mp3', host: 'localhost', length: bytes.length };
  console.log(`machine: ${machine()}; file of ${bytes.length} bytes; ${pairs} pairs of ${seconds} s, 16 connections`);
  console.log('range     side    CPU-s/GB   GB/s    req/s   p99 ms');
  for (const size of [262_144, 32_768]) {
    const ratios = [], a = [], b = [];
    drive(ours, size); drive(theirs, size);
    for (let pair = 0; pair < pairs; pair += 1) {
      const order = pair % 2 === 0 ? [ours, theirs] : [theirs, ours];
      const runs = Object.fromEntries(order.map((side) => [side.name, drive(side, size)]));
      a.push(runs.ours); b.push(runs.nginx); ratios.push(runs.ours.perGb / runs.nginx.perGb);
    }
    for (const [name, runs] of [['ours', a], ['nginx', b]]) {
      const m = (key) => median(runs.map((run) => run[key]));
      console.log(`${String(size / 1024).padStart(4)} KiB  ${name.padEnd(6)}  ${fixed(m('perGb'), 3)}      ${fixed(m('gbs'))}   ${fixed(m('rate'), 0).padStart(6)}   ${fixed(m('p99') / 1000, 1)}`);
    }
    const ratio = median(ratios);
    console.log(`${String(size / 1024).padStart(4)} KiB  ratio ${fixed(ratio)} (${fixed(Math.min(...ratios))} to ${fixed(Math.max(...ratios))}), bar 1.50: ${ratio <= 1.5 ? 'PASS' : 'FAIL'}`);
  }
} finally {
  demo.child.kill('SIGTERM');
  peer.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
