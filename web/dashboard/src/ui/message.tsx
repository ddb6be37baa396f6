import type { SeenMessage } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { formatAge, formatNumber, sentence } from "../lib/format.ts";
import { hexLines, pretty } from "../lib/payload.ts";
import { now } from "../state/link.ts";

/** A message as it came, and what was made of it. Everything in it is foreign: it is only ever text. */
export function MessageBox({ message }: { message: SeenMessage }) {
    const { payload, payload_hex, bytes, at } = message;
    const kept =
        payload !== undefined ? new TextEncoder().encode(payload).length : (payload_hex?.length ?? 0) / 2;
    return (
        <div class="message">
            <p class="message-head">
                <code>{message.topic}</code>
                <span class="note">
                    {[
                        at === null ? "" : t("messages.ago", { age: formatAge(now.value - at) }),
                        t("messages.bytes", { n: formatNumber(bytes, 0), count: bytes }),
                        message.retained ? t("messages.retained") : "",
                    ]
                        .filter(Boolean)
                        .join(" · ")}
                </span>
            </p>
            {message.reason ? (
                <p class="message-why">
                    <b>{t("messages.rejected", { reason: message.reason.replaceAll("_", " ") })}</b>{" "}
                    <span>{sentence(message.why)}</span>
                </p>
            ) : (
                <p class="note">
                    {t("messages.read", {
                        decoder: message.decoder,
                        n: formatNumber(message.readings, 0),
                        count: message.readings,
                    })}
                    {message.why && ` ${message.why}.`}
                </p>
            )}
            <pre>
                {payload === undefined ? hexLines(payload_hex ?? "") : pretty(payload, kept >= bytes)}
                {kept < bytes ? "\u2026" : ""}
            </pre>
        </div>
    );
}
