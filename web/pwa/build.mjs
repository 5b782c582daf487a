// Builds the browser wallet: its page and lazy parts, its two workers, the manifests of the installed
// app, and last the release: every file by its SHA-256.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "vite";

/** `out`: the folder of the build; `manifest`: its entries so far, which gains `wallet`. */
export async function buildWallet(out, manifest, named) {
  mkdirSync(`${out}/wallet`, { recursive: true });
  const version = named ?? JSON.parse(readFileSync("package.json", "utf8")).version;
  const { entry, css, chunks } = await page(out, version);
  manifest.wallet = { file: entry, css };
  const icons = Object.fromEntries(
    ["app-192", "app-512", "maskable-512", "touch-180"].map((name) => [name, icon(out, name)]),
  );
  const shell = fill(readFileSync("pwa/shell.html", "utf8"), {
    icon: `/${manifest.icon.file}`,
    touch: icons["touch-180"],
    style: `/${manifest.style.file}`,
    css: `/${css[0]}`,
    script: `/${entry}`,
  });
  writeFileSync(`${out}/wallet/shell.html`, shell);
  for (const lang of ["en", "de"])
    writeFileSync(`${out}/wallet/manifest.${lang}.json`, app(lang, icons));
  await worker(out, "argon", {});

  const kept = [...chunks, ...css, manifest.style.file, manifest.icon.file].map(
    (file) => `/${file}`,
  );
  const files = [...kept, ...Object.values(icons)].map((path) => [path, out + path]);
  files.push(["/shell", `${out}/wallet/shell.html`], ["/argon.js", `${out}/wallet/argon.js`]);
  files.sort();
  const sri = files.map(([path, file]) => [path, `sha256-${sha256(file).toString("base64")}`]);
  const digest = createHash("sha256")
    .update(JSON.stringify([version, sri]))
    .digest("hex");
  const define = {
    RELEASE: JSON.stringify(Object.fromEntries(sri)),
    DIGEST: JSON.stringify(digest),
  };
  await worker(out, "sw", define);

  files.push(["/sw.js", `${out}/wallet/sw.js`]);
  for (const lang of ["en", "de"]) {
    files.push([`/manifest.webmanifest?lang=${lang}`, `${out}/wallet/manifest.${lang}.json`]);
  }
  const hashes = files.map(([path, file]) => [path, sha256(file).toString("hex")]);
  const release = {
    format: "resonate-wallet-release/1",
    version,
    files: Object.fromEntries(hashes),
  };
  writeFileSync(`${out}/wallet/release.json`, `${JSON.stringify(release, null, 2)}\n`);
}

async function page(out, version) {
  const { output } = await build({
    logLevel: "warn",
    define: { VERSION: JSON.stringify(version) },
    build: {
      outDir: out,
      emptyOutDir: false,
      target: "es2022",
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      rollupOptions: {
        input: { wallet: "pwa/ui/main.tsx" },
        output: {
          entryFileNames: "assets/[name]-[hash].js",
          chunkFileNames: "assets/wallet-[name]-[hash].js",
          assetFileNames: "assets/[name]-[hash][extname]",
        },
      },
    },
  });
  const css = output.map((file) => file.fileName).filter((name) => name.endsWith(".css"));
  const chunks = output.filter((file) => file.type === "chunk");
  const entry = chunks.find((file) => file.isEntry).fileName;
  return { entry, css, chunks: chunks.map((file) => file.fileName) };
}

/** A worker is one file under a name of its own: its address never changes. */
async function worker(out, name, define) {
  await build({
    logLevel: "warn",
    define,
    build: {
      outDir: `${out}/wallet`,
      emptyOutDir: false,
      target: "es2022",
      rollupOptions: {
        input: { [name]: `pwa/${name}.ts` },
        output: { codeSplitting: false, entryFileNames: "[name].js" },
      },
    },
  });
}

function icon(out, name) {
  const bytes = readFileSync(`pwa/icons/${name}.png`);
  const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 8);
  const path = `/assets/wallet-${name}-${hash}.png`;
  writeFileSync(out + path, bytes);
  return path;
}

/** What a device shows when the wallet is installed. */
function app(lang, icons) {
  const words = readFileSync(`words/wallet.${lang}.ftl`, "utf8");
  const say = (key) => words.match(new RegExp(`^${key} = (.*)$`, "m"))[1].trim();
  const png = (name, size, purpose) => ({
    src: icons[name],
    sizes: `${size}x${size}`,
    type: "image/png",
    purpose,
  });
  const colours = { background_color: "#fbf5ec", theme_color: "#a8321a" };
  const manifest = {
    id: "/",
    name: say("app-name"),
    short_name: say("app-short"),
    description: say("app-about"),
    lang,
    dir: "ltr",
    start_url: "/",
    scope: "/",
    display: "standalone",
    ...colours,
    icons: [
      png("app-192", 192, "any"),
      png("app-512", 512, "any"),
      png("maskable-512", 512, "maskable"),
    ],
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function fill(text, values) {
  return text.replace(/%(\w+)%/g, (_, name) => values[name]);
}

function sha256(file) {
  return createHash("sha256").update(readFileSync(file)).digest();
}
