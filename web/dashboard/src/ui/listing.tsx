import type { ComponentChildren } from "preact";

export interface Column<T> {
    /** Its head, and on a phone what stands before each value. */
    name: string;
    /** The head is for those only who do not see it. */
    quiet?: boolean;
    alarm?: (one: T) => boolean;
    cell: (one: T) => ComponentChildren;
}

/** A table of like things; the first column names each. */
export function Listing<T>({
    list,
    keyOf,
    columns,
}: {
    list: readonly T[];
    keyOf: (one: T) => string | number;
    columns: readonly Column<T>[];
}) {
    return (
        <table class="lost">
            <thead>
                <tr>
                    {columns.map(({ name, quiet }) => (
                        <th key={name} scope="col">
                            {quiet ? <span class="sr">{name}</span> : name}
                        </th>
                    ))}
                </tr>
            </thead>
            <tbody>
                {list.map((one) => (
                    <tr key={keyOf(one)}>
                        {columns.map(({ name, quiet, alarm, cell }, place) => (
                            <td
                                key={name}
                                class={place === 0 ? "lost-what" : alarm?.(one) ? "alarm" : ""}
                                data-name={place === 0 || quiet ? undefined : name}
                            >
                                {cell(one)}
                            </td>
                        ))}
                    </tr>
                ))}
            </tbody>
        </table>
    );
}
