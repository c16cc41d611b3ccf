import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { Demand, Schema } from "../../event/index.ts";
import { combined } from "./combined.ts";

const format = combined.open({});
const NOON = "06/May/2024:12:00:00 +0000";
const GOOD = `1.2.3.4 - - [${NOON}] "GET / HTTP/1.1" 200 5 "-" "ua"`;

function rowOf(line: string): Readonly<Record<string, unknown>> | undefined {
  const { rows, refused } = scanLines(format, `${line}\n`);
  expect(rows.length + refused.length).toBe(1);
  return rows[0];
}

function refusalOf(line: string): string | undefined {
  return scanLines(format, `${line}\n`).refused[0]?.reason;
}

function timeOf(time: string): number | undefined {
  return scanLines(format, `${GOOD.replace(NOON, time)}\n`).rows[0]?.at;
}

describe("beside Fluentd's apache2 parser", () => {
  const lines = readFileSync(new URL("fluentd_apache2.cases", import.meta.url), "utf8").split("\n");
  const cases = lines.flatMap((line, at) =>
    line.startsWith('"') ? [{ line: String(JSON.parse(line)), made: lines[at + 1]!.trim() }] : [],
  );
  const NO_REQUEST = `1.2.3.4 - - [${NOON}] "" 400 0 "-" "-"`;
  const NO_STATUS = `1.2.3.4 - - [${NOON}] "GET / HTTP/1.1" abc 1 "-" "ua"`;
  const alike = cases.filter(({ line }) => line !== NO_REQUEST && line !== NO_STATUS);

  test.each(alike.filter(({ made }) => made.startsWith("{")))("$line reads the same", ({ line, made }) => {
    const { time, ...fields }: { time: number } = JSON.parse(made);
    expect(rowOf(line)).toEqual({ ...fields, time: time * 1000, at: time * 1000 });
  });

  test.each(alike.filter(({ made }) => !made.startsWith("{")))("$line is refused likewise", ({ line }) => {
    expect(refusalOf(line)).toBeDefined();
  });

  test("a request without a word in it, which it loses, is an event", () => {
    expect(cases).toContainEqual({ line: NO_REQUEST, made: "no match" });
    expect(rowOf(NO_REQUEST)).toMatchObject({ method: null, path: null, code: 400, size: 0 });
  });

  test("a status that is no number, which it takes for null, is refused", () => {
    expect(cases).toContainEqual({ line: NO_STATUS, made: expect.stringContaining('"code": null') });
    expect(refusalOf(NO_STATUS)).toBe("status");
  });
});

describe("a line", () => {
  test.each([
    ["", "empty"],
    ["\r", "empty"],
    [" ", "host"],
    ["garbage", "host"],
    ['"1.2.3.4" - - [', "host"],
    ["1.2.3.4 ", "user"],
    ["1.2.3.4 - - ", "user"],
    [`1.2.3.4 - [${NOON}] "GET / HTTP/1.1" 200 5`, "user"],
    [`1.2.3.4 - frank ${NOON} "GET / HTTP/1.1" 200 5`, "user"],
    [`www.example.com:80 1.2.3.4 - - [${NOON}] "GET / HTTP/1.1" 200 5 "-" "ua"`, "user"],
    ["1.2.3.4 - - [bad] x", "time"],
    [GOOD.replace("] ", "]"), "time"],
    [GOOD.replace("]", ")"), "time"],
    [`1.2.3.4 - - [${NOON}] "GET / HTTP/1.1`, "request"],
    [`1.2.3.4 - - [${NOON}] "GET / HTTP/1.1\\" 200 5`, "request"],
    [GOOD.replace(" 200 ", " 20 "), "status"],
    [GOOD.replace(" 200 ", " 2000 "), "status"],
    [GOOD.replace(" 200 ", "200 "), "status"],
    [GOOD.replace(" 5 ", " 5a "), "trailing"],
    [GOOD.replace(" 5 ", " -5 "), "trailing"],
    [GOOD.replace(" 5 ", "  "), "size"],
    [GOOD.replace(" 5 ", " 1234567890123456 "), "size"],
    [GOOD.replace('"-" "ua"', '"-'), "referer"],
    [GOOD.replace('"-" "ua"', '"-"'), "agent"],
    [GOOD.replace('"ua"', '"ua'), "agent"],
    [`${GOOD} `, "trailing"],
    [`${GOOD} "0.123"`, "trailing"],
    [`${GOOD}\r\r`, "trailing"],
  ])("%j is refused for its %s", (line, reason) => {
    expect(refusalOf(line)).toBe(reason);
  });

  test("that is refused takes no other with it", () => {
    const { rows, refused } = scanLines(format, `${GOOD}\n1.2.3.4 - - [${NOON}] "GET /\n\n${GOOD}\r\nx\n${GOOD}\n`);
    expect(rows).toHaveLength(3);
    expect(refused.map(({ reason }) => reason)).toEqual(["request", "empty", "host"]);
    expect(refused[0]?.text).toBe(`1.2.3.4 - - [${NOON}] "GET /`);
  });

  test("that is cut at any place is refused, unless what is left is in the common format", () => {
    const cuts = Array.from(GOOD, (_, length) => GOOD.slice(0, length));
    expect(cuts.filter((cut) => refusalOf(cut) === undefined)).toEqual([`1.2.3.4 - - [${NOON}] "GET / HTTP/1.1" 200 5`]);
  });

  test("may hold bytes that are not UTF-8 and zeros: the rest of it is read all the same", () => {
    const bytes = Buffer.from(GOOD.replace("ua", "\0#") + "\n");
    bytes[bytes.indexOf("#")] = 0xff;
    expect(scanLines(format, bytes).rows).toMatchObject([{ host: "1.2.3.4", agent: "\0\uFFFD" }]);
    expect(scanLines(format, bytes, { use: "key" }).rows).toMatchObject([{ host: "1.2.3.4", agent: "\0\uFFFD" }]);
  });
});

describe("a user", () => {
  test.each([
    ["frank", "frank"],
    ["-", null],
    ['""', '""'],
    ["a b", "a b"],
    ['a\\"b', 'a\\"b'],
    [`x [${NOON}]`, `x [${NOON}]`],
    ['"" x', undefined],
  ])("written %j is read as %j", (written, user) => {
    const line = GOOD.replace("- - [", `- ${written} [`);
    expect(rowOf(line)?.["user"]).toBe(user);
  });

  test("behind an ident is read while it holds no space", () => {
    expect(rowOf(GOOD.replace("- - [", "id frank ["))).toMatchObject({ user: "frank", host: "1.2.3.4" });
    expect(rowOf(GOOD.replace("- - [", "id - ["))).toMatchObject({ user: null });
  });
});

describe("a request", () => {
  test.each([
    ["GET /a HTTP/1.1", "GET", "/a"],
    ["GET /a", "GET", "/a"],
    ["GET /a b", "GET", "/a"],
    ["GET  /a  b  HTTP/1.1", "GET", "/a  b"],
    ["GET /a ", "GET", "/a"],
    ["GET ", "GET", null],
    ["GET", "GET", null],
    [" ", null, null],
    [" /a HTTP/1.1", null, "/a"],
    ["\\x16\\x03", "\\x16\\x03", null],
    ["GET /** HTTP/1.1", "GET", "/**"],
    ["GET /\\\\ HTTP/1.1", "GET", "/\\\\"],
  ])("%j has the method %j and the path %j", (request, method, path) => {
    expect(rowOf(GOOD.replace("GET / HTTP/1.1", request))).toMatchObject({ method, path, code: 200, agent: "ua" });
  });
});

describe("a quoted part ends at the first quote that is not escaped", () => {
  test.each(["\\", '\\"', "\\\\", '\\\\\\"', '*"', '"', 'x\\\\"'])("agent %j", (agent) => {
    // As Apache escapes: what the grammar says of a text is what a character-by-character reading says.
    const isWhole = /^(?:[^"\\]|\\.)*$/.test(agent);
    expect(rowOf(GOOD.replace('"ua"', `"${agent}"`))?.["agent"]).toBe(isWhole ? agent : undefined);
  });

  test("wherever it stands among the bytes that are looked at together", () => {
    for (let length = 0; length < 12; length++) {
      const agent = "*".repeat(length);
      const line = GOOD.replace('"-" "ua"', `"${agent}" "${agent}x"`);
      expect(rowOf(line)).toMatchObject({ referer: agent, agent: `${agent}x` });
      expect(refusalOf(`${line}x`)).toBe("trailing");
    }
  });
});

describe("a time", () => {
  test.each([
    ["28/Feb/2013:12:00:00 +0900", "2013-02-28T03:00:00Z"],
    ["10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z"],
    ["01/Jan/2024:00:15:00 +0545", "2023-12-31T18:30:00Z"],
    ["29/Feb/2024:23:59:59 +0000", "2024-02-29T23:59:59Z"],
    ["31/Dec/2016:23:59:60 +0000", "2016-12-31T23:59:59Z"],
    ["01/Jan/1970:00:00:00 +0000", "1970-01-01T00:00:00Z"],
  ])("%s is %s", (time, iso) => {
    expect(timeOf(time)).toBe(Date.parse(iso));
  });

  test.each([
    "29/Feb/2023:12:00:00 +0000",
    "31/Apr/2024:12:00:00 +0000",
    "00/May/2024:12:00:00 +0000",
    "06/may/2024:12:00:00 +0000",
    "06/Foo/2024:12:00:00 +0000",
    "06/May/1969:12:00:00 +0000",
    "06/May/2024:24:00:00 +0000",
    "06/May/2024:12:60:00 +0000",
    "06/May/2024:12:00:61 +0000",
    "06/May/2024:12:00:00 +1500",
    "06/May/2024:12:00:00 +0060",
    "06/May/2024:12:00:00 00000",
    "06-May-2024:12:00:00 +0000",
    "06/May/2024 12:00:00 +0000",
    "6/May/2024:12:00:00  +0000",
    "06/May/2024:12:00:00 +000:",
  ])("%s is refused", (time) => {
    expect(refusalOf(GOOD.replace(NOON, time))).toBe("time");
  });

  test("is not taken from the line before when one digit of it differs", () => {
    const digits = Array.from(NOON).flatMap((letter, at) => (/\d/.test(letter) ? [at] : []));
    for (const at of digits) {
      const changed = NOON.slice(0, at) + (NOON[at] === "1" ? "2" : "1") + NOON.slice(at + 1);
      const alone = timeOf(changed);
      const after = scanLines(format, `${GOOD}\n${GOOD.replace(NOON, changed)}\n${GOOD}\n`).rows.map((row) => row.at);
      expect(after).toEqual([
        Date.parse("2024-05-06T12:00:00Z"),
        ...(alone === undefined ? [] : [alone]),
        Date.parse("2024-05-06T12:00:00Z"),
      ]);
    }
  });
});

describe("demand", () => {
  const TWO = `${GOOD}\n5.6.7.8 - frank [${NOON}] "POST /login HTTP/1.1" 401 - "http://x/" "b"\n`;

  test("fills the wanted columns and no others", () => {
    for (const use of ["key", "value"] as const) {
      for (const name of Object.keys(format.fields)) {
        const all = scanLines(format, TWO, { use }).rows;
        expect(scanLines(format, TWO, { use, wanted: [name] }).rows).toEqual(all.map((row) => ({ at: row.at, [name]: row[name] })));
      }
      expect(scanLines(format, TWO, { use, wanted: [] }).rows).toHaveLength(2);
    }
  });

  test("as key and as value reads the same", () => {
    expect(scanLines(format, TWO, { use: "key" })).toEqual(scanLines(format, TWO));
  });

  test("that changes keeps the codes of a field", () => {
    const schema = new Schema("access", format.fields);
    const demand = new Demand();
    demand.ask({}, new Map([["host", "key"]]));
    const bytes = Buffer.from(TWO);
    const codesNow = (): number[] => {
      const scanner = format.scanner(schema, demand);
      scanner.scan(bytes, 0, bytes.length, 0, () => {});
      const column = scanner.batch.columns[schema.field("host")!.slot];
      return column?.kind === "dictionary" ? [...column.codes.subarray(0, 2)] : [];
    };
    const before = codesNow();
    demand.ask(demand, new Map([["agent", "key"]]));
    expect(codesNow()).toEqual(before);
  });

  test("a field that the target added is left null", () => {
    const schema = new Schema("access", format.fields);
    schema.add("country", "string");
    const demand = new Demand();
    demand.ask({}, new Map([["country", "key"]]));
    const scanner = format.scanner(schema, demand);
    const bytes = Buffer.from(TWO);
    expect(scanner.scan(bytes, 0, bytes.length, 0, () => {})).toBe(bytes.length);
    expect(scanner.batch.columns[schema.field("country")!.slot]).toBeUndefined();
  });
});

test("strings that nobody keeps are forgotten between two batches, and those that somebody keeps stay", () => {
  const schema = new Schema("access", format.fields);
  const demand = new Demand();
  demand.ask({}, new Map([["host", "key"]]));
  const scanner = format.scanner(schema, demand);
  const dictionary = schema.dictionary(schema.field("host")!);
  const kept = dictionary.codeOf("203.0.113.7");
  dictionary.hold({ markCodes: (marks) => void (marks[kept] = 1), forgetCodes: () => {} });
  const line = (host: string): string => `${host} - - [${NOON}] "GET / HTTP/1.1" 200 5\n`;
  const bytes = Buffer.from(
    Array.from({ length: 200_000 }, (_, at) => line(`2001:db8::${at.toString(16)}`)).join("") + line("203.0.113.7"),
  );
  let most = 0;
  let last: number | undefined;
  for (let at = 0; at < bytes.length;) {
    at = scanner.scan(bytes, at, bytes.length, 0, () => {});
    most = Math.max(most, dictionary.size);
    const column = scanner.batch.columns[schema.field("host")!.slot];
    last = column?.kind === "dictionary" ? column.codes[scanner.batch.size - 1] : undefined;
  }
  expect(most).toBeLessThan(70_000);
  expect(last).toBe(kept);
});

test("the same bytes read the same wherever in a buffer they stand", () => {
  const text = `x - - [\n${GOOD}\n\n1.2.3.4 - frank [${NOON}] "GET /` + `${"y".repeat(50)}\n`.repeat(2);
  const whole = scanLines(format, text);
  for (let before = 0; before < 9; before++) {
    const room = Buffer.alloc(before + Buffer.byteLength(text), "z");
    room.write(text, before);
    expect(scanLines(format, room.subarray(before))).toEqual(whole);
  }
});
