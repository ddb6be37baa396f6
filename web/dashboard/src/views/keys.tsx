import { useEffect, useRef } from "preact/hooks";
import { type Key, t } from "../i18n/t.ts";
import { letters } from "../state/settings.ts";
import { helping } from "../ui/help.ts";

const KEYS: [Key, [keys: string, does: Key][]][] = [
    [
        "keys.everywhere",
        [
            ["/", "keys.filter"],
            ["j  k", "keys.rows"],
            ["Enter", "keys.open"],
            ["g o", "nav.overview"],
            ["g d", "nav.devices"],
            ["g a", "nav.alarms"],
            ["g g", "nav.gateway"],
            ["g s", "nav.settings"],
            ["p", "keys.pause"],
            ["?", "keys.help"],
        ],
    ],
    [
        "keys.chart",
        [
            ["\u2190  \u2192", "keys.pan"],
            ["+  \u2212", "keys.zoom"],
            ["Home", "keys.dayAgo"],
            ["End  l", "keys.live"],
            ["t", "keys.table"],
        ],
    ],
];

/** Which keys do what; Escape closes it. */
export function Keys() {
    const dialog = useRef<HTMLDialogElement>(null);
    useEffect(() => dialog.current?.showModal(), []);
    const close = () => {
        helping.value = false;
    };
    return (
        <dialog ref={dialog} class="keys" aria-labelledby="keys-title" onClose={close}>
            <div class="keys-sheet">
                <h2 id="keys-title">{t("keys.title")}</h2>
                {letters.value === "off" && <p class="note">{t("keys.off")}</p>}
                {KEYS.map(([title, list]) => (
                    <section key={title}>
                        <h3>{t(title)}</h3>
                        <dl>
                            {list.map(([keys, does]) => (
                                <div class="fact" key={keys}>
                                    <dt>
                                        {keys.split("  ").map((key) => (
                                            <kbd key={key}>{key}</kbd>
                                        ))}
                                    </dt>
                                    <dd>{t(does)}</dd>
                                </div>
                            ))}
                        </dl>
                    </section>
                ))}
                <button type="button" class="button" onClick={close}>
                    {t("keys.close")}
                </button>
            </div>
        </dialog>
    );
}
