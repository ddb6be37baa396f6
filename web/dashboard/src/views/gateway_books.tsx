import type { Books } from "../../../client/src/index.ts";
import { t } from "../i18n/t.ts";
import { formatNumber } from "../lib/format.ts";

type Counts = Record<string, number>;
const sum = (counts: Counts): number => Object.values(counts).reduce((a, b) => a + b, 0);
const reasons = (counts: Counts): string =>
    Object.entries(counts)
        .filter(([, n]) => n > 0)
        .map(([name, n]) => `${name.replaceAll("_", " ")} ${formatNumber(n, 0)}`)
        .join(", ");

/** One account: what it is, its parts, and that they make the whole. */
function Account({ name, whole, parts }: { name: string; whole: number; parts: [string, number, string][] }) {
    const rest = whole - parts.reduce((total, [, n]) => total + n, 0);
    return (
        <tbody>
            <tr class="books-whole">
                <th scope="row">{name}</th>
                <td>{formatNumber(whole, 0)}</td>
                <td class={rest === 0 ? "" : "alarm"}>
                    {rest === 0 ? t("books.right") : t("books.wrong", { n: formatNumber(rest, 0) })}
                </td>
            </tr>
            {parts.map(([part, n, note]) => (
                <tr key={part}>
                    <th scope="row">{part}</th>
                    <td>{formatNumber(n, 0)}</td>
                    <td class="note">{note}</td>
                </tr>
            ))}
        </tbody>
    );
}

export function BooksTable({ books }: { books: Books }) {
    const { messages: m, readings: r, upstreams } = books;
    return (
        <table class="books">
            <Account
                name={t("books.messages")}
                whole={m.received}
                parts={[
                    [t("books.stored"), m.stored, ""],
                    [t("books.rejected"), sum(m.rejected), reasons(m.rejected)],
                ]}
            />
            <Account
                name={t("books.readings")}
                whole={r.read}
                parts={[
                    [t("books.stored"), r.stored, ""],
                    [t("books.summarised"), r.summarised, ""],
                    [t("books.suppressed"), sum(r.suppressed), reasons(r.suppressed)],
                ]}
            />
            {upstreams.map((u) => (
                <Account
                    key={u.id}
                    name={t("books.upstream", { id: u.id })}
                    whole={u.stored}
                    parts={[
                        [t("books.delivered"), u.delivered, ""],
                        [t("books.queued"), u.queued, ""],
                        [t("books.discarded"), sum(u.discarded), reasons(u.discarded)],
                    ]}
                />
            ))}
        </table>
    );
}
