// Idle memory of the demo, and the time from start to ready on an existing data folder.
import { join } from 'node:path';
import { fixed, machine, median, onCoreZero, residentMb, root } from './lib.mjs';

const times = [], sizes = [];
for (let run = 0; run < 5; run += 1) {
  const began = performance.now();
  const demo = await onCoreZero(join(root, 'target/release/resonate'), ['demo', '--data', join(root, 'target/bench-data'), '--listen', '127.0.0.1:0']);
  times.push((performance.now() - began) / 1000);
  await fetch(`${demo.id}/.well-known/openid-configuration`);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  sizes.push(residentMb(demo.child.pid));
  const gone = new Promise((resolve) => demo.child.once('exit', resolve));
  demo.child.kill('SIGTERM');
  await gone;
}
console.log(`machine: ${machine()}; 5 starts on an existing data folder`);
console.log(`ready after ${fixed(median(times))} s (${fixed(Math.min(...times))} to ${fixed(Math.max(...times))}), bar 1.00: ${median(times) <= 1 ? 'PASS' : 'FAIL'}`);
console.log(`resident after 5 s idle ${fixed(median(sizes), 1)} MB (${fixed(Math.min(...sizes), 1)} to ${fixed(Math.max(...sizes), 1)}), bar 60: ${median(sizes) <= 60 ? 'PASS' : 'FAIL'}`);
