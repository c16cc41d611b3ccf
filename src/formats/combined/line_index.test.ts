import { describe, expect, test } from "vitest";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { combined } from "./combined.ts";
import { LineIndex } from "./line_index.ts";

const format = combined.open({});
const NOON = "06/May/2024:12:00:00 +0000";
const GOOD = `1.2.3.4 - - [${NOON}] "GET / HTTP/1.1" 200 5 "-" "ua"`;

function rowOf(line: string): Readonly<Record<string, unknown>> | undefined {
  return scanLines(format, `${line}\n`).rows[0];
}

function refusalOf(line: string): string | undefined {
  return scanLines(format, `${line}\n`).refused[0]?.reason;
}

function timeOf(time: string): number | undefined {
  return scanLines(format, `${GOOD.replace(NOON, time)}\n`).rows[0]?.at;
}

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
    [GOOD.replace('"-" "ua"', '"-" '), "trailing"],
    [GOOD.replace('"-" "ua"', '"-" -'), "trailing"],
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

  test("that is cut off is refused, unless that was behind its size: then it is taken as far as it goes", () => {
    const cuts = Array.from(GOOD, (_, length) => GOOD.slice(0, length));
    const size = GOOD.indexOf(' "-"');
    expect(cuts.slice(0, size).map(refusalOf)).not.toContain(undefined);
    expect(rowOf(GOOD.slice(0, size))).toMatchObject({ size: 5, referer: null, agent: null });
    expect(rowOf(GOOD.replace('"-" "ua"', '"http://x'))).toMatchObject({ size: 5, referer: "http://x", agent: null });
    expect(rowOf(GOOD.replace('"-" "ua"', '"http://x"'))).toMatchObject({ size: 5, referer: "http://x", agent: null });
    expect(rowOf(GOOD.replace('"ua"', '"u'))).toMatchObject({ size: 5, referer: null, agent: "u" });
    expect(rowOf(`${GOOD.replace('"ua"', '"u')}\r`)).toMatchObject({ size: 5, referer: null, agent: "u" });
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

test("a time is not taken from the line before when one digit of it differs", () => {
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

describe("a quoted part", () => {
  test.each(["", "ua", '\\"', "\\\\", '\\\\\\"', "*", "\u0002", "*\u0002!#", "(2", "日本"])("%j ends at the quote behind it", (text) => {
    expect(rowOf(GOOD.replace('"-" "ua"', `"${text}" "ua"`))).toMatchObject({ referer: text, agent: "ua" });
    expect(rowOf(GOOD.replace('"ua"', `"${text}"`))).toMatchObject({ agent: text });
  });

  test.each(["", "ua", "ua\\", 'ua\\"', '\\\\\\"'])("%j without a quote behind it is not closed by one of the next line", (text) => {
    const { rows, refused } = scanLines(format, `1.2.3.4 - - [${NOON}] "${text}\n${GOOD}\n`);
    expect(refused.map(({ reason }) => reason)).toEqual(["request"]);
    expect(rows).toHaveLength(1);
  });
});

test("a line of any length is read, and so are those around it", () => {
  for (const length of [16_000, 16_384, 100_000, 1_000_000]) {
    const agent = 'a\\"b'.repeat(length / 4);
    const { rows, refused } = scanLines(format, `${GOOD}\n${GOOD.replace('"ua"', `"${agent}"`)}\n"${agent}"\n${GOOD}\n`);
    expect(rows.map((row) => row.agent)).toEqual(["ua", agent, "ua"]);
    expect(refused.map(({ reason }) => reason)).toEqual(["host"]);
  }
});

test("no more lines are read than there are rows, and the rest is read next", () => {
  const bytes = Buffer.from(`${GOOD}\n`.repeat(3));
  const index = new LineIndex(2);
  const stoppedAt = index.read(bytes, 0, bytes.length, () => {});
  expect([index.size, stoppedAt]).toEqual([2, (GOOD.length + 1) * 2]);
  expect([index.read(bytes, stoppedAt, bytes.length, () => {}), index.size]).toEqual([bytes.length, 1]);
});

test("a full index stops before the next line, be it good or bad", () => {
  const bytes = Buffer.from(`${GOOD}\nx\n`);
  const reasons: string[] = [];
  expect(new LineIndex(1).read(bytes, 0, bytes.length, (reason) => reasons.push(reason))).toBe(GOOD.length + 1);
  expect(new LineIndex(1).read(bytes, GOOD.length + 1, bytes.length, (reason) => reasons.push(reason))).toBe(bytes.length);
  expect(reasons).toEqual(["host"]);
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
