import { defineConfig } from "vitest/config";

const gateway = process.env.TIDEGATE_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
    root: "dashboard",
    base: "./",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
        outDir: "dist",
        emptyOutDir: true,
        assetsInlineLimit: 0,
        cssCodeSplit: false,
        modulePreload: { polyfill: false },
        sourcemap: false,
        target: "es2022",
        rollupOptions: { input: ["dashboard/index.html", "dashboard/example.html"] },
    },
    server: { proxy: { "/api": { target: gateway, ws: true } } },
    test: {
        root: ".",
        include: ["client/**/*.test.ts", "dashboard/test/**/*.test.{ts,tsx}"],
        environment: "node",
        setupFiles: ["dashboard/test/setup.ts"],
    },
});
