import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { loadTexts, type Part, t } from "../i18n/t.ts";

/** A page, or a part of one, whose code comes when it is asked for. */
export interface Later<P> {
    View: ComponentType<P>;
    /** Fetches the code, so that it is there when it is wanted; that it did not come is said where it is shown. */
    preload: () => Promise<void>;
}
export type Page = Later<Record<never, never>>;

export function later<P extends object>(load: () => Promise<ComponentType<P>>): Later<P> {
    let found: ComponentType<P> | null = null;
    let coming: Promise<void> | null = null;
    const fetch = (): Promise<void> => {
        coming ??= load().then(
            (view) => {
                found = view;
            },
            (error) => {
                coming = null;
                throw error;
            },
        );
        return coming;
    };
    function View(props: P) {
        const [, look] = useState(0);
        const [failed, fail] = useState(false);
        useEffect(() => {
            if (found) return;
            fetch().then(
                () => look(1),
                () => fail(true),
            );
        }, []);
        if (found) {
            const Found = found;
            return <Found {...props} />;
        }
        if (!failed) return <p class="empty" aria-busy="true" />;
        return (
            <p class="empty" role="alert">
                {t("page.failed")}{" "}
                <button type="button" class="link-button" onClick={() => location.reload()}>
                    {t("link.reload")}
                </button>
            </p>
        );
    }
    return { View, preload: () => fetch().catch(() => undefined) };
}

/** The code of a page together with its texts. */
export async function withTexts<T>(code: Promise<T>, ...parts: Part[]): Promise<T> {
    const [page] = await Promise.all([code, loadTexts(...parts)]);
    return page;
}
