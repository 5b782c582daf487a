// What every benchmark needs: the server on core 0, the driver on core 1, CPU time from the kernel.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { createInterface } from 'node:readline';

export const root = new URL('../..', import.meta.url).pathname;

/** Starts a program on core 0 and resolves with it and the JSON line it prints when ready. */
export async function onCoreZero(program, args, env = {}) {
  const child = spawn('taskset', ['-c', '0', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env },
  });
  const lines = createInterface({ input: child.stdout });
  const first = await new Promise((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
  });
  return { child, ...JSON.parse(first) };
}

/** Runs a driver on core 1 and returns what it printed. */
export function onCoreOne(program, args) {
  const run = spawnSync('taskset', ['-c', '1', program, ...args], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${program}: ${run.stderr}`);
  return run.stdout;
}

/** Seconds of processor time of a process and, for nginx, of its workers. */
export function cpuSeconds(pids) {
  return pids.reduce((sum, pid) => {
    const after = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return sum + (Number(after[11]) + Number(after[12])) / 100;
  }, 0);
}

/** Resident memory in megabytes. */
export function residentMb(pid) {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/);
  return Number(line[1]) / 1024;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

export function machine() {
  return `${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
}

export function fixed(number, digits = 2) {
  return number.toFixed(digits);
}
