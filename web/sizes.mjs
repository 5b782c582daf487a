// Weighs what a page loads, as it goes over the wire to a browser that reads Brotli, and unpacked.

import { existsSync, readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";

const manifest = JSON.parse(readFileSync("dist/manifest.json", "utf8"));
const PAGES = [
  // Beside these comes the HTML: 30 kB for a sign-in page in all, 100 kB for a listening page.
  { name: "sign-in", entries: ["style", "passkey"], limit: 26_500 },
  { name: "wallet", entries: ["style", "wallet"], limit: 90_000, gzip: true },
  { name: "listen", entries: ["style", "player"], limit: 80_000, gzip: true },
];

let heavy = 0;
for (const { name, entries, limit, gzip } of PAGES) {
  const files = entries.flatMap((entry) => [manifest[entry].file, ...manifest[entry].css]);
  const sum = (weigh) => files.reduce((total, file) => total + weigh(`dist/${file}`), 0);
  const plain = sum((file) => statSync(file).size);
  const wire = sum((file) => statSync(existsSync(`${file}.br`) ? `${file}.br` : file).size);
  const zipped = sum((file) => gzipSync(readFileSync(file)).length);
  const counted = gzip ? zipped : plain;
  if (counted > limit) heavy++;
  const verdict = counted > limit ? "TOO HEAVY" : "ok";
  console.log(
    `${name}: ${plain} bytes, ${zipped} gzip, ${wire} on the wire; limit ${limit} ${verdict}`,
  );
}

// What the wallet loads when it is needed, each part by itself; its kept files are the release.
const { files } = JSON.parse(readFileSync("dist/wallet/release.json", "utf8"));
const first = new Set([manifest.wallet.file, ...manifest.wallet.css, manifest.style.file]);
for (const path of [...Object.keys(files), "/wallet/argon.js"]) {
  if (!/^\/(assets|wallet)\/.*\.js$/.test(path) || first.has(path.slice(1))) continue;
  const zipped = gzipSync(readFileSync(`dist${path}`)).length;
  if (zipped > 25_000) heavy++;
  console.log(
    `wallet, later ${path}: ${zipped} gzip; limit 25000 ${zipped > 25_000 ? "TOO HEAVY" : "ok"}`,
  );
}
process.exit(heavy === 0 ? 0 : 1);
