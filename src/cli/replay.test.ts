import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { recordedTerminal } from "../../test/cli/recorded_terminal.ts";
import { VirtualClock } from "../kit/index.ts";
import { COMMANDS } from "./commands.ts";
import { runProgram } from "./program.ts";

const folder = mkdtempSync(join(tmpdir(), "hotaka-replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

const FIRST_LOOK = ["--log", "examples/first_look/access.log"];
const BUSY = "SELECT host, count(*) AS requests FROM access.win:time_batch(1 min) GROUP BY host HAVING count(*) >= 200";

describe("a log whose lines name their fields", () => {
  const path = join(folder, "app.log");
  const minute = (second: number): string => `2026-11-10T09:00:${String(second).padStart(2, "0")}Z`;
  const events = [
    { time: minute(0), level: "info", ms: 12 },
    { time: minute(1), level: "error", ms: 1.5, user: { name: "a" } },
    { time: minute(2), level: "error", ms: "slow" },
  ];
  const settings = "json: { time_key: time, time_format: iso8601 }";

  test("needs no types: the target learns its fields as in the daemon", async () => {
    writeFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    const byLevel = "SELECT level, count(*) AS n FROM app.win:time_batch(1 min) GROUP BY level";
    const named = "SELECT user.name, level FROM app";
    const source = ["--log", path, "--format", settings, "--target", "app", "--json"];
    const { out, status } = await hotaka("replay", ...source, "--name", "level", "--sql", byLevel, "--name", "name", "--sql", named);
    expect([out.trimEnd().split("\n"), status]).toEqual([
      [
        '{"query":"name","time":1794301201000,"row":{"user.name":"a","level":"error"}}',
        '{"query":"level","time":1794301260000,"row":{"level":"info","n":1}}',
        '{"query":"level","time":1794301260000,"row":{"level":"error","n":2}}',
      ],
      0,
    ]);
  });

  test("that no line of has is said at the end, by the query that waits for it", async () => {
    writeFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    const { err } = await hotaka("replay", "--log", path, "--format", settings, "--target", "app", "--sql", "SELECT levle FROM app");
    expect(err).toContain('Query "query" never began: it waits for');
    expect(err).toContain("levle");
  });
});

describe("texts of a log of several regions", () => {
  const path = join(folder, "regions.log");
  const LINES = 6000;
  const lineOf = (line: number): string =>
    `10.0.0.${line % 7} - - [06/May/2024:12:00:00 +0000] "GET /page/${line} HTTP/1.1" ${line % 5 === 0 ? 404 : 200} 5 "-" "agent ${line} ${"é".repeat(line % 30)}"\n`;
  const all = Array.from({ length: LINES }, (_, line) => line);

  test.each([
    [
      "of the few lines that a condition lets through",
      "SELECT path, agent FROM access WHERE code = 404",
      all.filter((line) => line % 5 === 0),
    ],
    ["of all lines", "SELECT path, agent FROM access", all],
    ["that a window has held since a region that is long overwritten", `SELECT path, agent FROM access.win:length_batch(${LINES})`, all],
  ])("%s are those of their lines", async (_, sql, wanted) => {
    writeFileSync(path, all.map(lineOf).join(""));
    const { out } = await hotaka("replay", "--log", path, "--json", "--sql", sql);
    const rows = out
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { row: unknown }).row);
    expect(rows).toEqual(wanted.map((line) => ({ path: `/page/${line}`, agent: `agent ${line} ${"é".repeat(line % 30)}` })));
  });
});

describe("rows", () => {
  test("are JSON objects, one a line, with the query's name and the end of the window", async () => {
    const { status, out } = await hotaka("replay", ...FIRST_LOOK, "--json", "--name", "busy", "--sql", BUSY);
    expect(out).toBe(
      [
        '{"query":"busy","time":1794301500000,"row":{"host":"203.0.113.7","requests":320}}',
        '{"query":"busy","time":1794301560000,"row":{"host":"203.0.113.7","requests":320}}',
        '{"query":"busy","time":1794301800000,"row":{"host":"2001:db8:bad::1","requests":280}}',
        '{"query":"busy","time":1794301920000,"row":{"host":"192.0.2.10","requests":240}}',
        "",
      ].join("\n"),
    );
    expect(status).toBe(0);
  });

  test("are a table for people, with a head for each query that speaks", async () => {
    const { out } = await hotaka(
      "replay",
      "--log",
      log([0, "a"], [1, "bbb"], [61, "c"]),
      "--sql",
      minutes("1"),
      "--sql",
      "SELECT host FROM access",
    );
    expect(out).toBe(
      [
        "query_2",
        "  time                 host",
        "  2026-11-10 09:00:00  a",
        "  2026-11-10 09:00:01  bbb",
        "",
        "query_1",
        "  time                 host  n",
        "  2026-11-10 09:01:00  a     1",
        "  2026-11-10 09:01:00  bbb   1",
        "",
        "query_2",
        "  time                 host",
        "  2026-11-10 09:01:01  c",
        "",
        "query_1",
        "  time                 host  n",
        "  2026-11-10 09:02:00  c     1",
        "",
      ].join("\n"),
    );
  });

  test("that hold what moves a terminal's cursor are shown as what they are", async () => {
    const { out } = await hotaka("replay", "--log", log([0, "a", "/\u001B[2J\u202E"]), "--sql", "SELECT path FROM access");
    expect(out).toContain("/\\u001b[2J\\u202e");
  });

  test("of the last window come although the log ends within it", async () => {
    const path = log([0, "a"], [30, "a"]);
    const { out } = await hotaka("replay", "--log", path, "--json", "--sql", minutes("2"), "--sql", calendarMinutes("2"));
    expect(rowsOf(out)).toEqual(["query_1 a 2", "query_2 a 2"]);
  });
});

describe("time", () => {
  test("lines that are out of order are all taken, counted and told how long to wait for them", async () => {
    const path = log([30, "a"], [10, "b"], [31, "c"], [12, "d"]);
    const { out, err } = await hotaka("replay", "--log", path, "--json", "--sql", "SELECT host FROM access");
    expect(rowsOf(out)).toEqual(["query a", "query b", "query c", "query d"]);
    expect(err).toContain("4 events taken, 2 of them late, by at most 20s: --lateness 20s would have put all in order.");
  });

  test("with --lateness they are put in order, and none is late", async () => {
    const path = log([30, "a"], [10, "b"], [31, "c"], [12, "d"]);
    const { out, err } = await hotaka("replay", "--log", path, "--json", "--lateness", "20s", "--sql", "SELECT host FROM access");
    expect(rowsOf(out)).toEqual(["query b", "query d", "query a", "query c"]);
    expect(err).toContain("4 events taken, none late.");
  });
});

describe("decisions", () => {
  test("follow their row: a block, its extension, and why an address is not blocked", async () => {
    const path = log([0, "203.0.113.7"], [1, "10.0.0.1"], [61, "203.0.113.7"], [62, "nobody"]);
    const { out, err } = await hotaka(
      "replay",
      "--log",
      path,
      "--json",
      "--blocks",
      "--name",
      "block.all",
      "--sql",
      "SELECT host FROM access",
    );
    const decisions = out.split("\n").filter((line) => line.includes('"decision"'));
    const START = Date.UTC(2026, 10, 10, 9);
    expect(decisions.map((line): unknown => JSON.parse(line))).toEqual([
      {
        decision: "block",
        address: "203.0.113.7",
        reason: "block.all",
        cidr: "203.0.113.7/32",
        query: "block.all",
        time: START,
        until: START + 3_600_000,
      },
      expect.objectContaining({ decision: "refuse", address: "10.0.0.1", objection: expect.stringContaining("it is private (RFC 1918)") }),
      expect.objectContaining({ decision: "extend", address: "203.0.113.7", until: START + 3_661_000 }),
    ]);
    expect(err).toContain("Decisions: 1 blocked, 1 refused, 1 extended.\n1 row named no address, so there was nothing to decide.\n");
  });

  test("of a settings file are those of its queries, its actions and its never-block list", async () => {
    const { status, out } = await hotaka("replay", ...FIRST_LOOK, "--config", "examples/first_look/hotaka.yaml", "--blocks", "--json");
    const decisions = [...out.matchAll(/"decision":"(\w+)","address":"([^"]+)"/g)].map(([, decision, address]) => `${decision} ${address}`);
    expect(decisions).toEqual([
      "detect 203.0.113.99",
      "detect 203.0.113.99",
      "block 203.0.113.7",
      "extend 203.0.113.7",
      "block 203.0.113.150",
      "extend 203.0.113.150",
      "extend 203.0.113.150",
      "block 2001:db8:bad::1",
      "refuse 192.0.2.10",
    ]);
    expect(status).toBe(0);
  });
});

describe("what cannot be replayed gets a sentence and a status", () => {
  test.each([
    ["a missing log", ["--log", join(folder, "none"), "--sql", BUSY], 1, /HOTAKA_SOURCE_OPEN {2}\S+none .*no such file/],
    ["a folder", ["--log", folder, "--sql", BUSY], 1, /HOTAKA_SOURCE_OPEN .*directory/],
    ["a syntax error", [...FIRST_LOOK, "--sql", "SELECT host FORM access"], 1, /HOTAKA_SQL_SYNTAX .*line 1, column/],
    ["an unknown field", [...FIRST_LOOK, "--sql", "SELECT hots FROM access"], 1, /HOTAKA_SQL_UNKNOWN_FIELD .*Did you mean "host"/],
    ["an unknown target", [...FIRST_LOOK, "--sql", "SELECT host FROM acces"], 1, /HOTAKA_SQL_UNKNOWN_TARGET .*Did you mean "access"/],
    ["no query", FIRST_LOOK, 2, /HOTAKA_CLI_USAGE .*--sql/],
    ["a lateness without a unit", [...FIRST_LOOK, "--sql", BUSY, "--lateness", "60"], 2, /HOTAKA_CLI_USAGE .*A duration such as 60s/],
    ["an unknown format", [...FIRST_LOOK, "--sql", BUSY, "--format", "combind"], 2, /HOTAKA_CLI_USAGE .*combined/],
    ["more names than queries", [...FIRST_LOOK, "--sql", BUSY, "--name", "a", "--name", "b"], 2, /a name goes with a query/],
    ["two queries of one name", [...FIRST_LOOK, "--sql", BUSY, "--sql", BUSY, "--name", "a", "--name", "a"], 1, /HOTAKA_CONFIG_DUPLICATE/],
    ["a missing settings file", [...FIRST_LOOK, "--config", join(folder, "none.yaml")], 1, /HOTAKA_CONFIG_NOT_FOUND/],
  ])("%s", async (_, words, wanted, sentence) => {
    const { status, out, err } = await hotaka("replay", ...words);
    expect(err).toMatch(sentence);
    expect([status, out]).toEqual([wanted, ""]);
  });

  test("lines that are not of the format are refused and counted, with the place of the first, and the rest is read", async () => {
    const path = log([0, "a"], [1, "b"]);
    const garbage = Buffer.concat([
      Buffer.from("GET / HTTP/1.1\n"),
      Buffer.from([0, 255, 254, 10]),
      Buffer.alloc(2 << 20, 120),
      Buffer.from("\n"),
    ]);
    const both = join(folder, "garbage.log");
    writeFileSync(both, Buffer.concat([garbage, Buffer.from(lines([0, "a"], [1, "b"]))]));
    const { status, out, err } = await hotaka("replay", "--log", both, "--json", "--sql", "SELECT host FROM access");
    expect(rowsOf(out)).toEqual(rowsOf((await hotaka("replay", "--log", path, "--json", "--sql", "SELECT host FROM access")).out));
    expect(err).toMatch(/Refused lines: .*the first at byte 0/);
    expect(err).toContain("1 line longer than the bound");
    expect(status).toBe(0);
  });
});

type Line = readonly [second: number, host: string, path?: string];

let logs = 0;

/** A log of these lines, in a file of its own. */
function log(...given: readonly Line[]): string {
  const path = join(folder, `${logs++}.log`);
  writeFileSync(path, lines(...given));
  return path;
}

function lines(...given: readonly Line[]): string {
  return given
    .map(([second, host, path = "/"]) => {
      const time = new Date(Date.UTC(2026, 10, 10, 9) + second * 1000).toISOString().slice(11, 19);
      return `${host} - - [10/Nov/2026:${time} +0000] "GET ${path} HTTP/1.1" 200 12 "-" "-"\n`;
    })
    .join("");
}

function minutes(least: string): string {
  return `SELECT host, count(*) AS n FROM access.win:time_batch(1 min) GROUP BY host HAVING count(*) >= ${least}`;
}

function calendarMinutes(least: string): string {
  return `SELECT host, count(*) AS n FROM access.win:ext_timed_batch(time, 1 min, 0L) GROUP BY host HAVING count(*) >= ${least}`;
}

/** `query_1 a 2`: the query and the values of each row. */
function rowsOf(out: string): string[] {
  return [...out.matchAll(/^\{"query":"([^"]+)","time":\d+,"row":\{(.*)\}\}$/gm)].map(([, query, row]) =>
    [query, ...(row ?? "").matchAll(/:"?([^",]+)/g)].map((part) => (typeof part === "string" ? part : part?.[1])).join(" "),
  );
}

async function hotaka(...words: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const terminal = recordedTerminal();
  const status = await runProgram(words, COMMANDS, { terminal, clock: new VirtualClock(), env: {}, exitStatus: 0 });
  return { status, out: terminal.out.text, err: terminal.err.text };
}
