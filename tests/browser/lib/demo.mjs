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

/** The seeded data folder, made once: composing and encoding the music takes a minute. */
async function seed() {
  const done = join(seeded, 'done');
  // A program built since may have another schema.
  if (await written(done) >= await written(program('resonate'))) return;
  await rm(join(seeded, 'data'), { recursive: true, force: true });
  await mkdir(seeded, { recursive: true });
  const demo = await ready(program('resonate'), ['demo', '--data', join(seeded, 'data'), '--listen', '127.0.0.1:0']);
  await stopped(demo.child);
  await writeFile(done, '');
}

/** A demo that knows these apps, in a folder of its own; `close` ends it and removes the folder. */
export async function demo(clients, more = []) {
  await seed();
  const folder = await mkdtemp(join(tmpdir(), 'resonate-browser-'));
  await cp(join(seeded, 'data'), join(folder, 'data'), { recursive: true });
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
