import { describe, expect, test } from "vitest";
import { valueOf } from "../cases/one_event.ts";

const EVENT = { host: "a.example", path: "/login", code: 404, size: 1500, rt: 0.5, tls: true, ts: 1_001_000, tags: ["x", "y"] };

describe("strings", () => {
  test.each([
    ["path regexp '/log.*'", true],
    ["path regexp 'log'", false],
    ["path not regexp 'log'", true],
    ["agent regexp 'log'", null],
    ["code regexp '4..'", true],
    ["code like '4%'", true],
    ["path.substring(1)", "login"],
    ["path.substring(1, 3)", "lo"],
    ["path.substring(9)", null],
    ["path.indexOf('o')", 2],
    ["agent.length()", null],
    ["path.split('/')", ["", "login"]],
    ["path.replaceAll('[aeiou]', '-')", "/l-g-n"],
    ["path.replaceAll('(l)(o)', '$2$1')", "/olgin"],
    ["path.replace('o', '$&')", "/l$&gin"],
    ["'hello'.hashCode()", 99_162_322],
    ["('  x ').trim()", "x"],
    ["path.charAt(0)", "/"],
    ["java.lang.String.valueOf(size)", "1500"],
  ])("%s", (expression, value) => {
    expect(valueOf(expression, EVENT)).toEqual(value);
  });
});

describe("numbers as text are written as Java writes them", () => {
  test.each([
    ["rt.toString()", 0.5, "0.5"],
    ["cast(rt, string)", 3, "3.0"],
    ["cast(rt, string)", 12_345_678, "1.2345678E7"],
    ["cast(rt, string)", 0.000_5, "5.0E-4"],
    ["cast(rt, string)", -0, "-0.0"],
    ["cast(cast(rt, float), string)", 0.1, "0.1"],
  ])("%s of %d", (expression, rt, text) => {
    expect(valueOf(expression, { rt })).toBe(text);
  });

  test("a long keeps all its digits", () => {
    expect(valueOf("cast(size, string)", { size: 9_007_199_254_740_993n })).toBe("9007199254740993");
  });
});

describe("Java's static methods", () => {
  test.each([
    ["Math.max(size, 50L)", 1500],
    ["Math.floor(rt)", 0],
    ["Math.round(2.5)", 3],
    ["Math.rint(2.5)", 2],
    ["Math.floorMod(-7, 3)", 2],
    ["Integer.parseInt('42')", 42],
    ["Integer.parseInt('4x')", null],
    ["Integer.parseInt('99999999999')", null],
    ["Integer.toHexString(255)", "ff"],
    ["java.lang.Math.abs(-3)", 3],
    ["Double.parseDouble('1.25')", 1.25],
  ])("%s", (expression, value) => {
    expect(valueOf(expression, EVENT)).toBe(value);
  });

  test("what is not in the list is refused by name", () => {
    expect(() => valueOf("Math.random()")).toThrow(/there is no method random of Math/);
    expect(() => valueOf("System.exit(1)")).toThrow(/there is no field "System"/);
    expect(() => valueOf("Math.max('a', 1)")).toThrow(/Math.max takes/);
  });
});

describe("lists", () => {
  test.each([
    ["size > any ({100, 200})", true],
    ["size > all ({100, 2000})", false],
    ["code = any (200, 404)", true],
    ["code != all (200, 301)", true],
    ["code in ({200, 404})", true],
    ["agent = any ('x')", null],
    ["{1, 5, 3}.where(x => x > 2).sumOf()", 8],
    ["{1, 2}.selectFrom(x => {10, 20}.selectFrom(y => x + y).sumOf()).sumOf()", 66],
    ["tags.countOf()", 2],
    ["tags[1]", "y"],
    ["tags[7]", null],
  ])("%s", (expression, value) => {
    expect(valueOf(expression, EVENT)).toBe(value);
  });
});

describe("what an expression is", () => {
  test.each([
    ["typeof(size)", "Long"],
    ["typeof(agent)", null],
    ["instanceof(size, long)", true],
    ["instanceof(size, string, Number)", true],
    ["instanceof(agent, string)", false],
    ["exists(size?)", true],
    ["exists(agent)", false],
    ["istream()", true],
  ])("%s", (expression, value) => {
    expect(valueOf(expression, EVENT)).toBe(value);
  });
});

describe("instants", () => {
  test.each([
    ["ts.getMinuteOfHour()", 16],
    ["ts.plus(1 month)", 1_001_000 + 31 * 86_400_000],
    ["ts.set('minute', 5)", 341_000],
    ["ts.roundFloor('minute')", 960_000],
    ["ts.between(2000000, 1000000)", true],
    ["ts.minus(1 sec).before(ts)", true],
    ["ts.toDate().getYear()", 1970],
  ])("%s", (expression, value) => {
    expect(valueOf(expression, EVENT)).toBe(value);
  });

  test("a month is added to the last day that the next month has", () => {
    expect(valueOf("ts.plus(1 month)", { ts: Date.UTC(2024, 0, 31) })).toBe(Date.UTC(2024, 1, 29));
  });
});

describe("mistakes are found when the query is registered", () => {
  test.each([
    ["path regexp '(?=x)'", /regexp: .* is not a pattern/],
    ["path.matches('[')", /matches: .* is not a pattern/],
    ["path.substring(size)", /string.substring takes/],
    ["host.nosuch()", /there is no method nosuch of string/],
    ["tags.nosuch()", /there is no method nosuch of a list/],
    ["tls.foo", /there is no field "tls.foo"/],
    ["ts.plus(1.5)", /plus takes whole numbers/],
    ["first(size, host)", /an aggregate|place/],
  ])("%s", (expression, message) => {
    expect(() => valueOf(expression)).toThrow(message);
  });
});

test("a minus before a field is read and forgotten, as Esper does; before parentheses and numbers it counts", () => {
  expect(valueOf("-size", EVENT)).toBe(1500);
  expect(valueOf("-(size)", EVENT)).toBe(-1500);
  expect(valueOf("-7 / 2", EVENT)).toBe(-3.5);
});

test("an attacker's text costs a regular expression time in proportion to its length", () => {
  expect(valueOf("path regexp '(a+)+b'", { path: "a".repeat(50_000) })).toBe(false);
});
