// One entry a build (see build.mjs): each page loads one style sheet and one script, no shared pieces.

import { defineConfig } from "vite";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: { include: ["lib/tests/**/*.test.ts", "player/tests/**/*.test.ts", "pwa/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
