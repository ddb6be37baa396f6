import { t } from "../i18n/t.ts";
import { route } from "../state/route.ts";

/** An address that leads nowhere: said plainly, with a way on. */
export function Nowhere() {
    const here = route.value;
    return (
        <div class="single nowhere">
            <h1>{t("nowhere.title")}</h1>
            <p>{t("nowhere.text", { path: here.view === "nowhere" ? here.path : "" })}</p>
            <p>
                <a class="button strong" href="#/">
                    {t("nowhere.overview")}
                </a>{" "}
                <a class="button" href="#/devices">
                    {t("device.back")}
                </a>
            </p>
        </div>
    );
}
