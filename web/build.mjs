// Builds dist/: each entry by itself, named by the hash of its bytes, with a Brotli form beside it and
// one manifest that the Rust crate reads: entry -> { file, css }.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "vite";
import { buildWallet } from "./pwa/build.mjs";

const OUT = "dist.new";
const ENTRIES = {
  style: "lib/css/app.css",
  icon: "lib/icon.svg",
  passkey: "pages/passkey.ts",
  account: "pages/account.ts",
  back: "pages/back.ts",
  copy: "pages/copy.ts",
  device: "pages/device.ts",
  qr: "pages/qr.ts",
  player: "player/player.tsx",
};

// Built aside and put in place at once: a compiler at work beside us sees the old or the new one.
rmSync(OUT, { recursive: true, force: true });
const manifest = {};
for (const [name, input] of Object.entries(ENTRIES)) {
  manifest[name] = name === "icon" ? copyIcon(input) : await buildEntry(name, input);
}
await buildWallet(OUT, manifest);
writeFileSync(`${OUT}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
for (const folder of ["assets", "wallet"]) {
  for (const file of readdirSync(`${OUT}/${folder}`)) pack(`${OUT}/${folder}/${file}`);
}
rmSync("dist", { recursive: true, force: true });
renameSync(OUT, "dist");

async function buildEntry(name, input) {
  const output = await build({
    logLevel: "warn",
    build: {
      outDir: OUT,
      emptyOutDir: false,
      target: "es2022",
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      rollupOptions: {
        input: { [name]: input },
        output: {
          codeSplitting: false,
          entryFileNames: "assets/[name]-[hash].js",
          assetFileNames: "assets/[name]-[hash][extname]",
        },
      },
    },
  });
  const files = output.output;
  const css = files.filter((file) => file.fileName.endsWith(".css")).map((file) => file.fileName);
  const entry = files.find((file) => file.type === "chunk" && file.isEntry);
  // A style sheet as an entry leaves an empty script behind; only the sheet is wanted.
  if (input.endsWith(".css")) {
    if (entry) rmSync(`${OUT}/${entry.fileName}`, { force: true });
    return { file: css[0], css: [] };
  }
  return { file: entry.fileName, css };
}

function copyIcon(input) {
  const text = readFileSync(input);
  const hash = createHash("sha256").update(text).digest("base64url").slice(0, 8);
  const name = `assets/icon-${hash}.svg`;
  mkdirSync(`${OUT}/assets`, { recursive: true });
  writeFileSync(`${OUT}/${name}`, text);
  return { file: name, css: [] };
}

function pack(path) {
  const text = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  const packed = brotliCompressSync(text, { params });
  if (packed.length < text.length) writeFileSync(`${path}.br`, packed);
}
