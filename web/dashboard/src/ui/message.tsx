import type { SeenMessage } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { formatAge, formatNumber } from "../lib/format.ts";
import { now } from "../state/link.ts";

/** JSON with its steps indented, where it is whole; anything else as it is. */
export function pretty(payload: string, whole: boolean): string {
    if (!whole || !/^\s*[[{]/.test(payload)) return payload;
    try {
        // Only the spaces change: a number of many digits must stay as it was sent.
        return indent(payload, JSON.parse(payload));
    } catch {
        return payload;
    }
}

function indent(text: string, parsed: unknown): string {
    const shown = JSON.stringify(parsed, null, 2);
    return JSON.stringify(parsed) === text.replace(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/g, "") ? shown : text;
}

export function hexLines(hex: string): string {
    return (hex.match(/.{1,32}/g) ?? []).map((line) => (line.match(/../g) ?? []).join(" ")).join("\n");
}

/** A message as it came, and what was made of it. Everything in it is foreign: it is only ever text. */
export function MessageBox({ message }: { message: SeenMessage }) {
    const { payload, payload_hex, bytes, at } = message;
    const kept =
        payload !== undefined ? new TextEncoder().encode(payload).length : (payload_hex?.length ?? 0) / 2;
    return (
        <div class="message">
            <p>
                <code>{message.topic}</code>
            </p>
            <p class={message.reason ? "note alarm" : "note"}>
                {message.reason
                    ? t("messages.rejected", {
                          reason: message.reason.replaceAll("_", " "),
                          why: message.why,
                      })
                    : t("messages.read", {
                          decoder: message.decoder,
                          n: formatNumber(message.readings, 0),
                          count: message.readings,
                      })}
                {!message.reason && message.why && ` ${message.why}.`}
            </p>
            <p class="note">
                {[
                    at === null ? "" : t("messages.ago", { age: formatAge(now.value - at) }),
                    t("messages.bytes", { n: formatNumber(bytes, 0), count: bytes }),
                    message.retained ? t("messages.retained") : "",
                ]
                    .filter(Boolean)
                    .join(" · ")}
            </p>
            <pre>
                {payload === undefined ? hexLines(payload_hex ?? "") : pretty(payload, kept >= bytes)}
                {kept < bytes ? "\u2026" : ""}
            </pre>
        </div>
    );
}
