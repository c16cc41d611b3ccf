import { expect, test } from "vitest";
import { z } from "zod";
import { formatSuite } from "../../../test/suites/format_suite.ts";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { tsv } from "./tsv.ts";

const config = tsv.config(z).parse({ columns: ["host", "path"], types: { host: "string" } });

formatSuite(tsv, config, ["a\tb", "\t", "a"]);

test("values stand between tabs, and quotes are a part of them", () => {
  const { rows } = scanLines(tsv.open(config), 'a, b\t"c\n"x"\t\tz\n');
  expect(rows).toEqual([
    { at: 0, host: "a, b", path: '"c' },
    { at: 0, host: '"x"', path: null },
  ]);
});
