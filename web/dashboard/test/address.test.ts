import { describe, expect, it } from "vitest";
import { readLook, writeLook } from "../src/chart/look.ts";
import { overviewLink, readList, writeList } from "../src/lib/list_look.ts";
import { parseRoute } from "../src/lib/route.ts";

const ask = (query: string): URLSearchParams => new URLSearchParams(query);

describe("an address", () => {
    it("leads to a page, or plainly nowhere", () => {
        expect(parseRoute("").view).toBe("overview");
        expect(parseRoute("#/").view).toBe("overview");
        expect(parseRoute("#/?q=cold").view).toBe("overview");
        expect(parseRoute("#/d/a%2Fb")).toMatchObject({ view: "device", device: "a/b" });
        for (const hash of ["#/nosuch", "#/devices/x", "#/d/", "#/d"])
            expect(parseRoute(hash)).toMatchObject({ view: "nowhere" });
    });
});

describe("the address of a list", () => {
    const wanted = "q=cold+b&is=alarm%2Clate&sort=value&by=device";
    it("says all of how it is looked at, and is understood again", () => {
        const look = readList(ask(wanted));
        expect(look).toEqual({
            text: "cold b",
            states: new Set(["alarm", 1]),
            sorting: "value",
            grouping: "device",
        });
        expect(new URLSearchParams(writeList(look, true)).toString()).toBe(wanted);
    });
    it("is bare where nothing is out of the way", () => {
        expect(writeList(readList(ask("")), true)).toEqual({});
    });
    it("shows the same to everybody; how somebody usually looks at it is in the links that lead there", () => {
        expect(readList(ask("q=cold"))).toMatchObject({ sorting: "name", grouping: "area" });
        expect(overviewLink("heard", "none")).toBe("#/?sort=heard&by=none");
        expect(overviewLink("name", "area")).toBe("#/");
    });
    it("says nothing of sorting where a list has none of it", () => {
        const look = readList(ask("q=a&sort=value"));
        expect(writeList(look, false)).toEqual({ q: "a" });
    });
    it("takes what makes no sense for nothing", () => {
        const look = readList(ask("is=broken,stale&sort=colour&by=%00"));
        expect(look).toMatchObject({ states: new Set([2]), sorting: "name", grouping: "area" });
    });
});

describe("the address of a device", () => {
    const known = (id: number): boolean => id < 10;
    it("says the range, its end, the series and the table, and is understood again", () => {
        const query = "s=3%2C7&span=300000&end=1764000000000&table=1";
        const look = readLook(ask(query), [1, 2], known);
        expect(look).toEqual({
            view: { span: 300_000, end: 1_764_000_000_000 },
            chosen: [3, 7],
            asTable: true,
        });
        expect(new URLSearchParams(writeLook(look, [1, 2])).toString()).toBe(query);
    });
    it("is bare for the last hour of what is chosen by itself", () => {
        const look = readLook(ask(""), [1, 2], known);
        expect(look.chosen).toEqual([1, 2]);
        expect(writeLook(look, [1, 2])).toEqual({});
    });
    it("leaves out series that there are not, and keeps ranges within bounds", () => {
        expect(readLook(ask("s=3,99&span=1"), [1], known)).toMatchObject({
            chosen: [3],
            view: { span: 20_000 },
        });
        expect(readLook(ask("s=99"), [1], known).chosen).toEqual([1]);
        expect(readLook(ask("s="), [1], known).chosen).toEqual([]);
    });
});
