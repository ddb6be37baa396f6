import { useEffect, useRef, useState } from "preact/hooks";
import type { Command, Series } from "../../../client/src/index.ts";
import { type Key, t } from "../i18n/t.ts";
import { controlOf, filterMatches } from "../lib/control.ts";
import { formatClock, sentence } from "../lib/format.ts";
import { api } from "../state/app.ts";
import { metricLabel } from "../state/catalogue.ts";
import { isState } from "../state/kind.ts";
import { shownValue } from "../state/shown.ts";
import { Block } from "../ui/block.tsx";

const POLL_MS = 700;
const LONGEST_MS = 90_000;

const STATES: Record<Command["state"], Key> = {
    waiting: "command.waiting",
    sending: "command.sending",
    sent: "command.sent",
    unconfirmed: "command.unconfirmed",
    expired: "command.expired",
    refused: "command.refused",
};

const isOver = (command: Command): boolean => !["waiting", "sending"].includes(command.state);

interface Wish {
    topic: string;
    payload: string;
}

/** Sends one command and follows it to its end. */
function useCommand() {
    const [command, setCommand] = useState<Command | null>(null);
    const [trouble, setTrouble] = useState("");
    const gone = useRef(false);
    useEffect(
        () => () => {
            gone.current = true;
        },
        [],
    );
    const follow = async (sent: Command) => {
        for (const end = Date.now() + LONGEST_MS; !isOver(sent) && Date.now() < end && !gone.current; ) {
            await new Promise((done) => setTimeout(done, POLL_MS));
            const found = (await api.commands(1, sent.id)).commands[0];
            if (found) setCommand(found);
            if (!found || isOver(found)) return;
        }
    };
    const send = async (wish: Wish) => {
        setTrouble("");
        setCommand(null);
        try {
            const sent = await api.command(wish.topic, wish.payload);
            setCommand(sent);
            await follow(sent);
        } catch (error) {
            setTrouble((error as Error).message);
        }
    };
    return { command, trouble, send };
}

/** Asks before anything moves: what is sent, and where to. */
function Confirm({ wish, onAnswer }: { wish: Wish; onAnswer: (go: boolean) => void }) {
    const box = useRef<HTMLDialogElement>(null);
    useEffect(() => box.current?.showModal(), []);
    return (
        <dialog ref={box} class="dialog" aria-labelledby="confirm-title" onClose={() => onAnswer(false)}>
            <h2 id="confirm-title">{t("command.confirm")}</h2>
            <dl>
                <div class="fact">
                    <dt>{t("table.topic")}</dt>
                    <dd>
                        <code>{wish.topic}</code>
                    </dd>
                </div>
                <div class="fact">
                    <dt>{t("command.payload")}</dt>
                    <dd>
                        <code>{wish.payload}</code>
                    </dd>
                </div>
            </dl>
            <p class="dialog-buttons">
                <button type="button" class="button" onClick={() => onAnswer(false)}>
                    {t("alarms.cancel")}
                </button>
                <button type="button" class="button strong" onClick={() => onAnswer(true)}>
                    {t("command.send")}
                </button>
            </p>
        </dialog>
    );
}

function Switch({ series, onWish }: { series: Series; onWish: (wish: Wish) => void }) {
    const control = controlOf(series);
    const name = metricLabel(series.name);
    const two = typeof shownValue(series.id) === "boolean" || series.type === "boolean";
    return (
        <div class="control">
            <span>{name}</span>
            {two ? (
                <span class="control-buttons">
                    {(["on", "off"] as const).map((way) => (
                        <button
                            key={way}
                            type="button"
                            class="button"
                            aria-label={`${name}: ${t(way === "on" ? "command.on" : "command.off")}`}
                            onClick={() => onWish({ topic: control.topic, payload: control[way] })}
                        >
                            {t(way === "on" ? "command.on" : "command.off")}
                        </button>
                    ))}
                </span>
            ) : (
                <form
                    class="control-buttons"
                    onSubmit={(event) => {
                        event.preventDefault();
                        const said = new FormData(event.currentTarget).get("value");
                        const text = String(said).trim();
                        if (text && control.set) onWish({ topic: control.topic, payload: control.set(text) });
                    }}
                >
                    <input name="value" aria-label={t("command.value", { name })} size={8} required />
                    <button type="submit" class="button">
                        {t("command.set")}
                    </button>
                </form>
            )}
        </div>
    );
}

/** For a topic that no custom gives away. */
function AnyCommand({ topic, onWish }: { topic: string; onWish: (wish: Wish) => void }) {
    return (
        <details class="more">
            <summary>{t("command.other")}</summary>
            <form
                class="stacked"
                onSubmit={(event) => {
                    event.preventDefault();
                    const said = new FormData(event.currentTarget);
                    onWish({ topic: String(said.get("topic")), payload: String(said.get("payload")) });
                }}
            >
                <label>
                    {t("table.topic")}
                    <input name="topic" value={topic} required spellcheck={false} />
                </label>
                <label>
                    {t("command.payload")}
                    <input name="payload" spellcheck={false} />
                </label>
                <button type="submit" class="button">
                    {t("command.send")}
                </button>
            </form>
        </details>
    );
}

const EXAMPLE = `[commands]
allow = ["cmnd/#"]`;

export function Control({ list }: { list: readonly Series[] }) {
    const [allow, setAllow] = useState<string[] | null>(null);
    const [wish, setWish] = useState<Wish | null>(null);
    const { command, trouble, send } = useCommand();
    useEffect(() => {
        const stop = new AbortController();
        api.commandsAllowed(stop.signal).then(setAllow, () => undefined);
        return () => stop.abort();
    }, []);
    if (allow === null) return null;
    if (allow.length === 0)
        return (
            <Block title={t("command.title")}>
                <details class="more">
                    <summary>{t("command.none")}</summary>
                    <p class="note">{t("command.teach")}</p>
                    <pre>{EXAMPLE}</pre>
                </details>
            </Block>
        );
    const allowed = (topic: string) => allow.some((filter) => filterMatches(filter, topic));
    const able = list.filter((s) => isState(s) && allowed(controlOf(s).topic)).slice(0, 12);
    return (
        <Block title={t("command.title")}>
            {able.map((s) => (
                <Switch key={s.id} series={s} onWish={setWish} />
            ))}
            <AnyCommand topic={list[0] ? controlOf(list[0]).topic : ""} onWish={setWish} />
            {wish && (
                <Confirm
                    wish={wish}
                    onAnswer={(go) => {
                        setWish(null);
                        if (go) void send(wish);
                    }}
                />
            )}
            <p class={`note command-result ${trouble ? "alarm" : ""}`} role="status">
                {trouble && sentence(trouble)}
                {command &&
                    t(STATES[command.state], {
                        payload: command.payload,
                        why: command.why,
                        time: formatClock(command.ended ?? command.at),
                    })}
            </p>
        </Block>
    );
}
