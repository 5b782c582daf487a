// The wallet's flows against a running demo server: `npm run test:demo` with RESONATE_BIN and
// RESONATE_DEMO set. Apart from the unit tests, which need no server.

import { defineConfig } from "vite";

export default defineConfig({
  test: { include: ["pwa/lib/demo/**/*.demo.ts"], testTimeout: 120_000 },
} as Parameters<typeof defineConfig>[0]);
