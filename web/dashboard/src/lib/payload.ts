/** JSON with its steps indented, where it is whole and nothing but its spaces would change; anything else as it is. */
export function pretty(payload: string, whole: boolean): string {
    if (!whole || !/^\s*[[{]/.test(payload)) return payload;
    try {
        const parsed: unknown = JSON.parse(payload);
        // A number of many digits, or a name that is there twice, must stay as it was sent.
        const same = JSON.stringify(parsed) === withoutSpaces(payload);
        return same ? JSON.stringify(parsed, null, 2) : payload;
    } catch {
        return payload;
    }
}

/** Of JSON: those between its parts, not those in its texts. */
function withoutSpaces(json: string): string {
    return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, "$1");
}

/** Sixteen bytes a line. */
export function hexLines(hex: string): string {
    return (hex.match(/.{1,32}/g) ?? []).map((line) => (line.match(/../g) ?? []).join(" ")).join("\n");
}
