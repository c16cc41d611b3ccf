import { describe, expect, test } from "vitest";
import type { FormatDefinition } from "../../src/component/index.ts";
import { Demand, Schema } from "../../src/event/index.ts";
import { componentSuite } from "./component_suite.ts";
import { scanLines } from "./scan_lines.ts";

/** What every format promises. `lines` are some that it takes, whole and without their newlines. */
export function formatSuite<Config>(definition: FormatDefinition<Config>, config: Config, lines: readonly string[]): void {
  const format = definition.open(config);
  const text = lines.map((line) => `${line}\n`).join("");
  const names = Object.keys(format.fields);

  describe(`format ${definition.name}, as every format,`, () => {
    componentSuite(definition);

    test("makes one event of each line, whether its fields are wanted as keys, as values or not at all", () => {
      const asValues = scanLines(format, text, { use: "value" });
      expect(asValues.refused).toEqual([]);
      expect(asValues.rows).toHaveLength(lines.length);
      expect(scanLines(format, text, { use: "key" })).toEqual(asValues);
      expect(scanLines(format, text, { wanted: [] }).rows).toEqual(asValues.rows.map(({ at }) => ({ at })));
    });

    test("gives a field the same value whatever else is wanted", () => {
      const all = scanLines(format, text).rows;
      for (const name of names) {
        expect(scanLines(format, text, { wanted: [name] }).rows).toEqual(all.map((row) => ({ at: row.at, [name]: row[name] })));
      }
    });

    test("reads the same lines ended by CR LF", () => {
      expect(scanLines(format, text.replaceAll("\n", "\r\n"))).toEqual(scanLines(format, text));
    });

    test("keeps nothing of the bytes: a column is good until the next scan, whatever becomes of them", () => {
      const bytes = Buffer.from(text);
      const schema = new Schema("lines", format.fields);
      const demand = new Demand();
      demand.ask({}, new Map(names.map((name) => [name, "value"])));
      const scanner = format.scanner(schema, demand);
      scanner.scan(bytes, 0, bytes.length, 0, () => {});
      const before = structuredClone(scanner.batch.columns.filter((column) => column?.kind !== "dictionary"));
      bytes.fill("#");
      expect(scanner.batch.columns.filter((column) => column?.kind !== "dictionary")).toEqual(before);
    });

    test("takes or refuses each line of any bytes, and goes on behind it", () => {
      for (let seed = 1; seed <= 50; seed++) {
        const bytes = damaged(Buffer.from(text.repeat(3)), seed);
        const { rows, refused } = scanLines(format, bytes);
        expect(rows.length + refused.length).toBe(bytes.filter((byte) => byte === 0x0a).length);
      }
    });
  });
}

/** Some bytes of the text replaced by others that mean something to formats, newlines among them; it still ends with a newline. */
function damaged(bytes: Buffer, seed: number): Buffer {
  const meaningful = Buffer.from('\n\r\0"\\[] -:/\t\u00ff{}09');
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let hits = next(8); hits >= 0; hits--) bytes[next(bytes.length - 1)] = meaningful[next(meaningful.length)]!;
  return bytes;
}
