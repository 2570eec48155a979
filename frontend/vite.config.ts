import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where the local cloud answers; `npm run dev` serves the page itself and asks there for its settings. */
const LOCAL_CLOUD = "http://localhost:8000";

export default defineConfig({
  plugins: [react()],
  // The server's content security policy allows no data: addresses and no inline scripts.
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    chunkSizeWarningLimit: 700,
  },
  server: { host: "127.0.0.1", proxy: { "/riffle.json": LOCAL_CLOUD } },
  test: { include: ["tests/**/*.test.{ts,tsx}"], environment: "happy-dom" },
});
