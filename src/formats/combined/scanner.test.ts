import { describe, expect, test } from "vitest";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { Demand, Schema } from "../../event/index.ts";
import { combined } from "./combined.ts";

const format = combined.open({});
const NOON = "06/May/2024:12:00:00 +0000";
const GOOD = `1.2.3.4 - - [${NOON}] "GET / HTTP/1.1" 200 5 "-" "ua"`;

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
