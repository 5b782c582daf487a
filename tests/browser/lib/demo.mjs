// A running demo of its own: real binary, loopback only, on a copy of the seeded data.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const root = new URL('../../..', import.meta.url).pathname;
/** A program of ours, as `cargo build` leaves it. */
export const program = (name) => join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug', name);
const seeded = join(root, 'target/demo-seed');

/** Starts a program and resolves with the one JSON line it prints when ready. */
export async function ready(path, args) {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  child.stderr.on('data', (piece) => said.push(piece));
  const lines = createInterface({ input: child.stdout });
  const first = await new Promise((resolve, reject) => {
    lines.once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${path} ended with ${code}: ${said.join('')}`)));
  });
  return { child, said, ...JSON.parse(first) };
}

/** Ends a child by its own process id, and waits for its end. */
export async function stopped(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/** When a file was last written, in milliseconds; 0 when there is none. */
async function written(path) {
  return stat(path).then((about) => about.mtimeMs, () => 0);
}

/** Holds the lock of the seeded data, which the journeys in Rust hold likewise; resolves with what lets
 *  it go. Node knows no file locks, so flock(1) holds it for as long as its own input is open. */
async function locked() {
  await mkdir(seeded, { recursive: true });
  const held = spawn('flock', [join(seeded, 'lock'), 'sh', '-c', 'echo held && exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise((resolve, reject) => {
    held.stdout.once('data', resolve);
    held.once('error', reject);
    held.once('exit', (code) => reject(new Error(`flock ended with ${code}`)));
  });
  return () => new Promise((resolve) => {
    held.removeAllListeners('exit');
    held.once('exit', resolve);
    held.stdin.end();
  });
}

/** The seeded data folder, made once: composing and encoding the music takes a minute. Whoever needs it
 *  holds its lock. */
async function seed() {
  const done = join(seeded, 'done');
  // A program built since may have another schema.
  if (await written(done) >= await written(program('resonate'))) return;
  await rm(join(seeded, 'data'), { recursive: true, force: true });
  const demo = await ready(program('resonate'), ['demo', '--data', join(seeded, 'data'), '--listen', '127.0.0.1:0']);
  await stopped(demo.child);
  await writeFile(done, '');
}

/** A demo that knows these apps, in a folder of its own; `close` ends it and removes the folder. */
export async function demo(clients, more = []) {
  const folder = await mkdtemp(join(tmpdir(), 'resonate-browser-'));
  const release = await locked();
  try {
    await seed();
    await cp(join(seeded, 'data'), join(folder, 'data'), { recursive: true });
  } finally {
    await release();
  }
  const list = join(folder, 'clients.json');
  await writeFile(list, JSON.stringify(clients));
  const args = ['demo', '--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--clients', list];
  const running = await ready(program('resonate'), [...args, ...more]);
  return {
    ...running,
    folder,
    async close() {
      await stopped(running.child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
