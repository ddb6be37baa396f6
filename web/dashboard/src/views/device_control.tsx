import { useEffect, useRef, useState } from "preact/hooks";
import type { Command, Series, ToldControl } from "../../../client/src/index.ts";
import { type Key, t } from "../i18n/t.ts";
import { controlsOf, filterMatches, type Control as Offered, payloadOf, prefixOf } from "../lib/control.ts";
import { formatClock, sentence } from "../lib/format.ts";
import { api } from "../state/app.ts";
import { metricLabel } from "../state/catalogue.ts";
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

const MOST_OFFERS = 24;

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

interface OfferProps {
    control: Offered;
    name: string;
    onValue: (value: string) => void;
}

const WORDS: readonly Key[] = ["command.on", "command.off", "command.toggle"];

/** A button a value: on, off and toggle in our words, others in the device's. */
function Buttons({ control, name, onValue }: OfferProps) {
    const says = (value: string, n: number) => {
        const word = control.kind === "switch" ? WORDS[n] : undefined;
        if (word) return t(word);
        return control.kind === "button" ? t("command.press") : value;
    };
    return (
        <span class="control-buttons">
            {control.values.map((value, n) => (
                <button
                    key={value}
                    type="button"
                    class="button"
                    aria-label={`${name}: ${says(value, n)}`}
                    onClick={() => onValue(value)}
                >
                    {says(value, n)}
                </button>
            ))}
        </span>
    );
}

function Entry({ control, name, onValue }: OfferProps) {
    const shown = control.series ? shownValue(control.series.id) : undefined;
    const label = t("command.value", { name });
    const { min, max, step, unit } = control;
    return (
        <form
            class="control-buttons"
            onSubmit={(event) => {
                event.preventDefault();
                const text = String(new FormData(event.currentTarget).get("value")).trim();
                if (text) onValue(text);
            }}
        >
            {control.kind === "select" && (
                <select name="value" aria-label={label} defaultValue={String(shown ?? control.values[0])}>
                    {control.values.map((value) => (
                        <option key={value}>{value}</option>
                    ))}
                </select>
            )}
            {control.kind === "number" && (
                <input
                    name="value"
                    type="number"
                    aria-label={label}
                    min={min}
                    max={max}
                    step={step ?? "any"}
                    defaultValue={typeof shown === "number" ? String(shown) : ""}
                    placeholder={min !== undefined && max !== undefined ? `${min}\u2013${max}` : undefined}
                    required
                />
            )}
            {control.kind === "text" && <input name="value" aria-label={label} size={8} required />}
            {unit && <span class="unit">{unit}</span>}
            <button type="submit" class="button">
                {t("command.set")}
            </button>
        </form>
    );
}

const MOST_BUTTONS = 3;

/** One thing that can be told: buttons where there are few values, else a place to choose or write one. */
function Offer({ control, onWish }: { control: Offered; onWish: (wish: Wish) => void }) {
    const name = control.series ? metricLabel(control.series.name) : control.name;
    const onValue = (value: string) => onWish({ topic: control.topic, payload: payloadOf(control, value) });
    const few = control.values.length > 0 && control.values.length <= MOST_BUTTONS;
    const Shape = few ? Buttons : Entry;
    return (
        <div class="control">
            <span>{name}</span>
            <Shape control={control} name={name} onValue={onValue} />
        </div>
    );
}

/** For what no custom gives away: the family's prefix, and the rest is for whoever knows the device. */
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
                    <input name="topic" defaultValue={topic} required spellcheck={false} />
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
    const [said, setSaid] = useState<ToldControl[]>([]);
    const [wish, setWish] = useState<Wish | null>(null);
    const { command, trouble, send } = useCommand();
    const device = list[0]?.device ?? "";
    useEffect(() => {
        const stop = new AbortController();
        api.commandsAllowed(stop.signal).then(setAllow, () => undefined);
        return () => stop.abort();
    }, []);
    useEffect(() => {
        const stop = new AbortController();
        setSaid([]);
        // A gateway of before has no such list; then there are the customs of families.
        if (device) api.controls(device, stop.signal).then(setSaid, () => undefined);
        return () => stop.abort();
    }, [device]);
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
    const offers = controlsOf(list, said).filter((one) => allowed(one.topic));
    return (
        <Block title={t("command.title")}>
            {offers.slice(0, MOST_OFFERS).map((one) => (
                <Offer key={`${one.topic} ${one.shape}`} control={one} onWish={setWish} />
            ))}
            <AnyCommand topic={list[0] ? prefixOf(list[0]) : ""} onWish={setWish} />
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
