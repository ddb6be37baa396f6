// Firefox ESR by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), over the WebSocket library that the stand-in
// gateway uses: four commands are all that a smoke test needs, and Debian has no driver of its own for it.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { WebSocket } = require("ws");

export const firefoxPath = process.env.TIDEGATE_FIREFOX ?? "/usr/bin/firefox-esr";
export const noFirefox = existsSync(firefoxPath) ? false : `${firefoxPath} is not there`;

const PATIENCE_MS = 60_000;

function freePort() {
    return new Promise((done) => {
        const server = createServer().listen(0, "127.0.0.1", () => {
            const { port } = server.address();
            server.close(() => done(port));
        });
    });
}

async function connect(url) {
    for (const end = Date.now() + PATIENCE_MS; ; ) {
        const socket = new WebSocket(url);
        const open = await new Promise((done) => {
            socket.once("open", () => done(true));
            socket.once("error", () => done(false));
        });
        if (open) return socket;
        if (Date.now() > end) throw new Error("Firefox does not answer");
        await new Promise((done) => setTimeout(done, 200));
    }
}

/** One Firefox without a window, with one tab. */
export class Firefox {
    static async launch(width, height) {
        const firefox = new Firefox();
        firefox.profile = mkdtempSync(join(tmpdir(), "tidegate-firefox-"));
        // Its own services stay off: the page alone is looked at.
        writeFileSync(
            join(firefox.profile, "user.js"),
            `user_pref("app.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,");
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("intl.accept_languages", "en-GB");
`,
        );
        const port = await freePort();
        firefox.process = spawn(
            firefoxPath,
            ["--headless", "--no-remote", "--profile", firefox.profile, `--remote-debugging-port=${port}`],
            { stdio: "ignore", env: { ...process.env, HOME: firefox.profile, MOZ_REMOTE_SETTINGS_DEVTOOLS: "0" } },
        );
        firefox.ended = new Promise((done) => firefox.process.once("exit", done));
        firefox.socket = await connect(`ws://127.0.0.1:${port}/session`);
        firefox.asked = new Map();
        firefox.count = 0;
        /** Errors of the page and its console. */
        firefox.wrong = [];
        firefox.socket.on("message", (text) => firefox.hear(JSON.parse(String(text))));
        await firefox.ask("session.new", { capabilities: {} });
        await firefox.ask("session.subscribe", { events: ["log.entryAdded"] });
        const { contexts } = await firefox.ask("browsingContext.getTree", {});
        firefox.context = contexts[0].context;
        await firefox.ask("browsingContext.setViewport", {
            context: firefox.context,
            viewport: { width, height },
        });
        return firefox;
    }

    hear(message) {
        if (message.type === "event") {
            const { level, text } = message.params;
            if (level === "error") this.wrong.push(text);
            return;
        }
        const waiting = this.asked.get(message.id);
        this.asked.delete(message.id);
        if (message.type === "success") waiting?.done(message.result);
        else waiting?.fail(new Error(`${message.error}: ${message.message}`));
    }

    ask(method, params) {
        const id = ++this.count;
        return new Promise((done, fail) => {
            this.asked.set(id, { done, fail });
            this.socket.send(JSON.stringify({ id, method, params }));
        });
    }

    goto(url) {
        return this.ask("browsingContext.navigate", { context: this.context, url, wait: "interactive" });
    }

    /** What an expression is in the page; JSON goes out and comes back. */
    async evaluate(expression) {
        const answer = await this.ask("script.evaluate", {
            expression: `JSON.stringify(${expression})`,
            target: { context: this.context },
            awaitPromise: true,
        });
        if (answer.type !== "success") throw new Error(answer.exceptionDetails.text);
        return answer.result.value === undefined ? undefined : JSON.parse(answer.result.value);
    }

    /** Until an expression is true in the page. */
    async waitFor(expression, what) {
        for (const end = Date.now() + PATIENCE_MS; !(await this.evaluate(`!!(${expression})`)); ) {
            if (Date.now() > end) throw new Error(`in vain: ${what ?? expression}`);
            await new Promise((done) => setTimeout(done, 100));
        }
    }

    async shot(dir, name) {
        const { data } = await this.ask("browsingContext.captureScreenshot", { context: this.context });
        mkdirSync(dir, { recursive: true });
        writeFileSync(join(dir, `${name}.png`), Buffer.from(data, "base64"));
    }

    async close() {
        await this.ask("browser.close", {}).catch(() => undefined);
        await Promise.race([this.ended, new Promise((done) => setTimeout(done, 10_000))]);
        if (this.process.exitCode === null) this.process.kill("SIGKILL");
        await this.ended;
        rmSync(this.profile, { recursive: true, force: true });
    }
}
