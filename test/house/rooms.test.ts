import { expect, test } from "vitest";
import { importsOf, isTest, type ProjectFile, sourceFiles } from "./files.ts";

/**
 * The rooms of `src` and what each may import: the architecture. Imports run down this list, never up; what a room needs from elsewhere
 * is handed to it as an interface by `daemon`. A change here is a change of architecture and comes with a note in `docs/decisions/`.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[] | "all">> = {
  kit: [],
  event: ["kit"],
  component: ["event", "kit"],
  kafka: ["component", "kit"],
  sql: ["event", "kit"],
  journal: ["event", "kit"],
  outbox: ["event", "kit"],
  keep: ["kit"],
  tables: ["kit"],
  accounts: ["kit"],
  blocks: ["keep", "kit"],
  protection: ["blocks", "kit"],
  catalog: ["sql", "journal", "event", "kit"],
  formats: ["component", "event", "kit"],
  sources: ["component", "kafka", "formats", "journal", "event", "kit"],
  filters: ["component", "event", "kit"],
  routes: ["component", "event", "kit"],
  imports: ["event", "kit"],
  notices: ["component", "outbox", "blocks", "event", "kit"],
  actions: ["component", "kafka", "notices", "outbox", "blocks", "tables", "formats", "event", "kit"],
  enforcers: ["component", "keep", "blocks", "tables", "kit"],
  server: ["catalog", "sql", "blocks", "tables", "accounts", "event", "kit"],
  settings: [
    "component",
    "sources",
    "filters",
    "routes",
    "formats",
    "actions",
    "enforcers",
    "catalog",
    "blocks",
    "protection",
    "sql",
    "journal",
    "outbox",
    "event",
    "kit",
  ],
  daemon: "all",
  // A replay is composed here, without the daemon.
  cli: [
    "daemon",
    "imports",
    "settings",
    "server",
    "accounts",
    "catalog",
    "actions",
    "notices",
    "sources",
    "formats",
    "blocks",
    "sql",
    "event",
    "kit",
  ],
};

/**
 * Rooms with a further door, for a replay, or for those who are not one: a replay loads what it needs and no more, as every file costs it
 * half a millisecond.
 */
const SECOND_DOORS: Readonly<Record<string, readonly string[]>> = {
  formats: ["src/formats/combined/combined.ts"],
  sources: ["src/sources/read_log.ts"],
  sql: ["src/sql/core.ts", "src/sql/cases/index.ts"],
};

/** Rooms whose folders are components: deleted by deleting the folder and its line in the list, so none knows another. */
const COMPONENT_ROOMS: readonly string[] = ["formats", "sources", "filters", "actions", "enforcers"];

test("every file of src stands in a room of the table", () => {
  const strangers = sourceFiles().filter(({ path }) => MAY_IMPORT[roomOf(path)] === undefined);
  expect(strangers.map(({ path }) => `${path}: "${roomOf(path)}" is not a room. Rooms: ${Object.keys(MAY_IMPORT).join(", ")}.`)).toEqual(
    [],
  );
});

test("a room imports only the rooms that the table allows it, and enters them by their index.ts", () => {
  expect(sourceFiles().flatMap((file) => faultsOf(file))).toEqual([]);
});

test("the table has no circle: imports run downhill", () => {
  const below = (room: string, seen: readonly string[]): string[] => {
    if (seen.includes(room)) return [[...seen, room].join(" -> ")];
    const allowed = MAY_IMPORT[room];
    return allowed === "all" || allowed === undefined ? [] : allowed.flatMap((next) => below(next, [...seen, room]));
  };
  expect(Object.keys(MAY_IMPORT).flatMap((room) => below(room, []))).toEqual([]);
});

test.each([
  ["src/sql/runtime/statement.ts", "../../actions/nftables/nftables.ts", "sql may import only [event, kit]"],
  ["src/kit/clock.ts", "../event/index.ts", "kit may import only []"],
  ["src/event/batch.ts", "../kit/clock.ts", "another room is entered by its door, src/kit/index.ts"],
  ["src/sources/tail/tail.ts", "../forward/forward.ts", "a component does not know its siblings"],
  ["src/sources/tail/tail.ts", "../index.ts", "a component does not know its siblings"],
  ["src/sources/tail/tail.ts", "../list.ts", "a component does not know its siblings"],
  ["src/sources/index.ts", "../../test/suites/source_suite.ts", "src imports nothing that stands outside of src"],
])("%s importing %s is refused: %s", (path, from, reason) => {
  expect(faultsOf({ path, text: `import { x } from "${from}";\n` })).toEqual([`${path}:1 imports ${from}: ${reason}`]);
});

test.each([
  ["src/sources/index.ts", "./tail/tail.ts"],
  ["src/sources/tail/tail.ts", "./rotation.ts"],
  ["src/sources/tail/tail.ts", "../lines.ts"],
  ["src/sources/tail/tail.ts", "../../component/index.ts"],
  ["src/sources/tail/tail.test.ts", "../../../test/suites/source_suite.ts"],
  ["src/daemon/open.ts", "../sql/index.ts"],
  ["src/cli/run.ts", "../daemon/index.ts"],
])("%s may import %s", (path, from) => {
  expect(faultsOf({ path, text: `import { x } from "${from}";\n` })).toEqual([]);
});

function faultsOf(file: ProjectFile): string[] {
  const room = roomOf(file.path);
  const allowed = MAY_IMPORT[room];
  return importsOf(file).flatMap(({ line, from, path }) => {
    if (path === undefined) return [];
    const reason = faultOf(file.path, room, allowed, path);
    return reason === undefined ? [] : [`${file.path}:${line} imports ${from}: ${reason}`];
  });
}

function faultOf(importer: string, room: string, allowed: readonly string[] | "all" | undefined, imported: string): string | undefined {
  if (!imported.startsWith("src/")) return isTest(importer) ? undefined : "src imports nothing that stands outside of src";
  const importedRoom = roomOf(imported);
  if (importedRoom === room) {
    const [from, to] = [componentOf(importer), componentOf(imported)];
    // A piece that several components of a room share stands at the top of the room, beside its list, which knows them all.
    const isShared = to === undefined && ![`src/${room}/index.ts`, `src/${room}/list.ts`].includes(imported);
    return COMPONENT_ROOMS.includes(room) && from !== undefined && to !== from && !isShared
      ? "a component does not know its siblings"
      : undefined;
  }
  if (allowed !== "all" && !(allowed ?? []).includes(importedRoom)) return `${room} may import only [${(allowed ?? []).join(", ")}]`;
  const door = importedRoom.endsWith(".ts") ? `src/${importedRoom}` : `src/${importedRoom}/index.ts`;
  return imported === door || SECOND_DOORS[importedRoom]?.includes(imported) === true
    ? undefined
    : `another room is entered by its door, ${door}`;
}

/** `src/sql/runtime/x.ts` -> `sql`; a file of `src` itself is a room of its own, with its test. */
function roomOf(path: string): string {
  return (path.split("/")[1] ?? "").replace(/\.(?:prop\.)?test\.ts$/, ".ts");
}

/** `src/sources/tail/x.ts` -> `tail`; undefined for a file at the top of a room, such as its list. */
function componentOf(path: string): string | undefined {
  const parts = path.split("/");
  return parts.length > 3 ? parts[2] : undefined;
}
