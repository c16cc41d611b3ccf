import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askDaemon, controlPathOf } from "../../src/server/index.ts";
import { Place } from "./hotaka.ts";
import { accessLine } from "./lines.ts";

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(async () => {
  await place.remove();
});

function settings({
  source = "tail: { path: access.log, format: combined, target: access }",
  sql = "SELECT host FROM access",
  more = "",
} = {}): string {
  return `server: { listen: 127.0.0.1:0 }\nsources:\n  - ${source}\nqueries:\n  - name: q\n    sql: |\n      ${sql}\n${more}`;
}

describe("a daemon that cannot do what is asked says so in a sentence and ends with a status other than 0", () => {
  test.each([
    [
      "there is no settings file",
      [],
      ["run", "--config", "no.yaml"],
      1,
      "HOTAKA_CONFIG_NOT_FOUND  no.yaml could not be read: there is no such file.",
    ],
    ["the log is missing", [], ["run", "--log", "no.log"], 1, /HOTAKA_SOURCE_OPEN {2}.*no\.log could not be opened: there is no such file/],
    ["the log is a folder", [], ["run", "--log", ".", "--listen", "127.0.0.1:0"], 1, /HOTAKA_SOURCE_OPEN {2}.*(?:directory|folder)/],
    [
      "both a log and settings are given",
      [],
      ["run", "--log", "a", "--config", "b"],
      2,
      /HOTAKA_CLI_USAGE {2}--config and --log were both given/,
    ],
    ["it is to listen where others reach it", [], ["run", "--listen", "0.0.0.0:80"], 2, /HOTAKA_CLI_USAGE {2}.*An address of this machine/],
    ["a setting is not known", ["dta_dir: x\n"], ["run"], 1, /^hotaka\.yaml:1:1 HOTAKA_CONFIG_UNKNOWN_KEY {2}.*Did you mean "data_dir"\?/],
    [
      "a field is not known",
      [settings({ sql: "SELECT hots FROM access" })],
      ["run"],
      1,
      /^hotaka\.yaml:7:14 HOTAKA_SQL_UNKNOWN_FIELD {2}.*"?host"?/,
    ],
    [
      "the SQL is wrong",
      [settings({ sql: "SELECT host FORM access" })],
      ["run"],
      1,
      /^hotaka\.yaml:7:\d+ HOTAKA_SQL_SYNTAX {2}query "q", line 1, column \d+/,
    ],
    ["the same, by validate", [settings({ sql: "SELECT host FORM access" })], ["validate"], 1, /^hotaka\.yaml:7:\d+ HOTAKA_SQL_SYNTAX/],
    ["the data folder is a file", [`data_dir: hotaka.yaml\n${settings()}`], ["run"], 1, /HOTAKA_DATA_DIR {2}.*it is a file, not a folder/],
    ["an option is not known", [], ["run", "--confg", "x"], 2, /HOTAKA_CLI_USAGE {2}unknown option '--confg'.*--config/],
    ["a command is not known", [], ["rnu"], 2, 'HOTAKA_CLI_USAGE  "rnu" is not a command of hotaka. Did you mean "run"?'],
    ["no daemon runs", [], ["blocks"], 1, /HOTAKA_CONTROL_UNREACHABLE {2}No daemon runs/],
  ] as const)("when %s", async (_, [yaml], words, status, sentence) => {
    if (yaml !== undefined) place.write("hotaka.yaml", yaml);
    const ended = await place.run(...words);
    expect(ended.err.trim()).toMatch(sentence);
    expect(ended.status).toBe(status);
    expect(ended.err).not.toMatch(/\n\s+at /);
  });

  test("when its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const { status, err } = await place.run("run", "--listen", `127.0.0.1:${port}`);
    other.close();
    expect(err).toContain(`HOTAKA_SERVER_LISTEN  The API could not listen on 127.0.0.1:${port}: something else listens there`);
    expect(status).toBe(1);
  });

  test("when another daemon has its data folder, and that one goes on", async () => {
    place.write("access.log", "");
    place.write("hotaka.yaml", settings());
    const first = await place.startReady();
    const { status, err } = await place.run("run");
    expect(err).toMatch(/HOTAKA_DATA_DIR {2}.*data is held by another daemon/);
    expect(status).toBe(1);
    expect(first.hasEnded).toBe(false);
    expect((await place.run("blocks")).out).toBe("Nothing is blocked.\n");
  });

  test.skipIf(process.getuid?.() === 0)("when the log may not be read (does not run as root, who may read everything)", async () => {
    place.write("access.log", "");
    chmodSync(place.path("access.log"), 0o000);
    const { status, err } = await place.run("run", "--log", "access.log", "--listen", "127.0.0.1:0");
    expect(err).toMatch(/HOTAKA_SOURCE_OPEN {2}.*may not/);
    expect(status).toBe(1);
  });
});

test("garbage in a log is counted and passed over; the lines around it are events all the same", async () => {
  place.write("access.log", "");
  place.write("hotaka.yaml", settings({ more: "actions:\n  - { match: q, log: {} }\n" }));
  const daemon = await place.startReady();
  const garbage = [
    Buffer.alloc(10 * 1024 * 1024, "x"),
    Buffer.from("\n"),
    Buffer.from([0, 1, 2, 0, 10]),
    Buffer.from([0xff, 0xfe, 0xc3, 0x28, 10]),
    Buffer.from("not a line of an access log\n"),
    Buffer.from("\n"),
    Buffer.from(accessLine({ host: "203.0.113.8", timeMs: Date.now(), path: "/\u0000" })),
  ];
  writeFileSync(place.path("access.log"), accessLine({ host: "203.0.113.1", timeMs: Date.now() }));
  for (const [index, bytes] of garbage.entries()) {
    appendFileSync(place.path("access.log"), bytes);
    if (bytes.at(-1) === 10) appendFileSync(place.path("access.log"), accessLine({ host: `203.0.113.${10 + index}`, timeMs: Date.now() }));
  }
  await daemon.until(() => (daemon.err.includes("203.0.113.16") ? true : undefined));
  for (const last of [1, 11, 12, 13, 14, 15, 16]) expect(daemon.err).toContain(`203.0.113.${last}`);
  const answer = await askDaemon(controlPathOf(place.path("data")), "GET", "/readyz");
  expect(answer.json).toEqual({ ready: true, reasons: [] });
  daemon.kill("SIGTERM");
  expect((await daemon.ended).status).toBe(0);
});

test("a damaged database of decisions stops the start with its name, and is left as it is", async () => {
  place.write("access.log", "");
  place.write("hotaka.yaml", settings());
  mkdirSync(place.path("data"));
  place.write("data/blocks.db", "this is not a database, and it is long enough to look like one\n".repeat(100));
  const { status, err } = await place.run("run");
  expect(err).toMatch(/HOTAKA_DATABASE {2}.*blocks\.db/);
  expect(status).toBe(1);
});
