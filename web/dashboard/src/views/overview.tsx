import { catalogue, catalogueVersion, ready } from "../state/app.ts";
import { matchCount } from "../state/filter.ts";
import { useListAddress } from "../state/list_address.ts";
import { EmptyGateway, NoMatch } from "../ui/empty.tsx";
import { FilterBar } from "../ui/filter.tsx";
import { Gate } from "../ui/gate.tsx";
import { useSettled } from "../ui/settled.ts";
import { LiveTableView } from "../ui/table.tsx";
import { Side } from "./side.tsx";

export function Overview() {
    useListAddress();
    void catalogueVersion.value;
    const empty = catalogue.lastId === 0 || !ready.value;
    return (
        <>
            <Gate />
            <div class="columns">
                <div class="main-column">
                    {empty ? <EmptyGateway /> : <FilterBar grouped />}
                    {!empty && (matchCount.value === 0 ? <NoMatch /> : <LiveTableView />)}
                </div>
                {useSettled(ready.value) && <Side />}
            </div>
        </>
    );
}
