import { defineConfig } from "vitest/config";
import { leanUplot } from "./lean_uplot.ts";

const gateway = process.env.TIDEGATE_URL ?? "http://127.0.0.1:8080";

/** What every page needs, and what most do. */
const BASE = new RegExp(
    [
        "preact|signals-core|preload-helper",
        "src/i18n/t.ts",
        "src/lib/(alarms|format|path|route|states|units|window|zone).ts",
        "src/state/(?!filter|kind|list_address).*.ts",
        "src/ui/(block|glyph|lazy|message|row|settled|spark).tsx",
        "src/lib/payload.ts",
    ].join("|"),
);
// The example is for who wants the client alone.
const CLIENT = /client\/src\/(?!follow|frames)/;

export default defineConfig({
    root: "dashboard",
    base: "./",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    plugins: [leanUplot()],
    build: {
        outDir: "dist",
        emptyOutDir: true,
        assetsInlineLimit: 0,
        cssCodeSplit: false,
        modulePreload: { polyfill: false },
        sourcemap: false,
        target: "es2022",
        rolldownOptions: {
            input: ["dashboard/index.html", "dashboard/example.html"],
            // What every page needs is one file, and so is what the lists share: many small ones are packed badly.
            output: {
                codeSplitting: {
                    groups: [
                        { name: "base", test: BASE, priority: 1 },
                        { name: "client", test: CLIENT, priority: 2 },
                    ],
                },
            },
        },
    },
    server: { proxy: { "/api": { target: gateway, ws: true } } },
    test: {
        root: ".",
        include: ["client/**/*.test.ts", "dashboard/test/**/*.test.{ts,tsx}"],
        environment: "node",
        setupFiles: ["dashboard/test/setup.ts"],
    },
});
