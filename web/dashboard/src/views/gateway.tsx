import { useEffect, useState } from "preact/hooks";
import type { Rejected } from "../../../client/src/index.ts";
import { type Key, t } from "../i18n/t.ts";
import { api, resumed } from "../state/app.ts";
import { gateway } from "../state/link.ts";
import { describe, here } from "../state/route.ts";
import { may } from "../state/session.ts";
import { useTimeline } from "../state/timeline.ts";
import { CoursePicture, DAY } from "../ui/course.tsx";
import { MessageBox } from "../ui/message.tsx";
import { useSettled } from "../ui/settled.ts";
import { Facts, LimitedList } from "./facts.tsx";
import { BooksTable } from "./gateway_books.tsx";
import { Brokers, Buffer, Pressure } from "./gateway_side.tsx";
import { Outages, Upstreams } from "./gateway_upstreams.tsx";
import { Lost } from "./lost.tsx";

const EVERY_MS = 10_000;

/** Reads something of the gateway now and then while it is looked at. */
function useReading<T>(read: (stop: AbortSignal) => Promise<T>, wanted = true): T | null {
    const [found, set] = useState<T | null>(null);
    useEffect(() => {
        if (!wanted) return;
        const stop = new AbortController();
        const look = () => read(stop.signal).then(set, () => undefined);
        void look();
        const timer = setInterval(() => void look(), EVERY_MS);
        return () => {
            clearInterval(timer);
            stop.abort();
        };
    }, [resumed.value, wanted]);
    return found;
}

function RejectedList({ seen }: { seen: Rejected }) {
    if (seen.messages.length === 0) return <p class="lost-nothing">{t("rejected.none")}</p>;
    return (
        <>
            {seen.messages.slice(0, 20).map((message, n) => (
                <MessageBox key={`${message.at}${message.topic}${n}`} message={message} />
            ))}
        </>
    );
}

const SPANS: [Key, number][] = [
    ["span.1h", 3_600_000],
    ["span.6h", 6 * 3_600_000],
    ["span.24h", DAY],
];

/** How far back the courses go, as the address says. */
function useSpan(): [number, (span: number) => void] {
    const place = here.value;
    const asked = Number(place.ask.get("span"));
    const said = SPANS.find(([, span]) => span === asked)?.[1] ?? DAY;
    const [chosen, choose] = useState({ place, span: said });
    const span = chosen.place === place ? chosen.span : said;
    return [
        span,
        (to) => {
            choose({ place, span: to });
            describe(to === DAY ? {} : { span: String(to) });
        },
    ];
}

/** What waited and what arrived, over one range of time. */
function Courses() {
    const [span, choose] = useSpan();
    const held = gateway.value?.up.length !== 0;
    return (
        <section aria-labelledby="courses-title">
            <div class="course-head">
                <h2 id="courses-title">{t("course.title")}</h2>
                <fieldset class="segments">
                    <legend class="sr">{t("course.range")}</legend>
                    {SPANS.map(([key, of]) => (
                        <button key={key} type="button" aria-pressed={span === of} onClick={() => choose(of)}>
                            {t(key)}
                        </button>
                    ))}
                </fieldset>
            </div>
            <h3>{t("course.held")}</h3>
            {held ? (
                <CoursePicture kind="held" height={140} span={span} lane />
            ) : (
                <p class="lost-nothing">{t("buffer.none")}</p>
            )}
            <h3>{t("course.in")}</h3>
            <CoursePicture kind="in" height={72} span={span} />
        </section>
    );
}

export function GatewayPage() {
    const books = useReading((stop) => api.books(stop));
    const rejected = useReading((stop) => api.rejected(stop), may("operator"));
    const whole = useSettled(useTimeline() !== null && books !== null && gateway.value !== null);
    return (
        <div class="columns">
            <div class="main-column gateway-page">
                <h1>{t("nav.gateway")}</h1>
                <Courses />
                {whole && (
                    <section aria-labelledby="outages-title">
                        <h2 id="outages-title">{t("outage.title")}</h2>
                        <Outages />
                    </section>
                )}
                {whole && <Upstreams />}
                {whole && (
                    <section aria-labelledby="books-title">
                        <h2 id="books-title">{t("books.title")}</h2>
                        {books && <BooksTable books={books} />}
                    </section>
                )}
                {whole && <Lost />}
                {whole && may("operator") && (
                    <section aria-labelledby="rejected-title">
                        <h2 id="rejected-title">{t("rejected.title")}</h2>
                        {rejected && <RejectedList seen={rejected} />}
                    </section>
                )}
            </div>
            <aside class="side" hidden={!whole}>
                <Buffer />
                <Pressure />
                <Brokers />
                {rejected && rejected.limited.length > 0 && <LimitedList list={rejected.limited} />}
                <Facts />
            </aside>
        </div>
    );
}
