import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseCases } from "./jsonl.ts";
import { type RunOptions, runCase } from "./run_case.ts";

const FILE = new URL("../../../../shared/corpus/epl/cases.jsonl", import.meta.url);

const absence = existsSync(FILE) ? "" : ": not run, because shared/corpus/epl/cases.jsonl does not stand beside the project";

describe.skipIf(absence !== "")(`cases recorded from Esper 5.2${absence}`, () => {
  const cases = absence === "" ? parseCases(readFileSync(FILE, "utf8"), "cases.jsonl") : [];

  const wrong = (engine: "generated" | "interpreted", options: RunOptions): string[] =>
    cases.flatMap((given) => {
      const verdict = runCase(given, engine, options);
      return verdict.passed || NOT_THERE.test(verdict.reason) ? [] : [`${given.id}: ${given.query}: ${verdict.reason}`];
    });

  test.each(["generated", "interpreted"] as const)("come out as recorded or are refused by name on the %s engine", (engine) => {
    expect(wrong(engine, {})).toEqual([]);
  });

  test.each(["generated", "interpreted"] as const)(
    "come out the same when the statement is saved before every event and another one takes it up, on the %s engine",
    (engine) => {
      expect(wrong(engine, { restarts: true })).toEqual([]);
    },
  );
});

/** A part of the language that this version does not have is refused when the query is registered; it never gives wrong rows. */
const NOT_THERE = /^HOTAKA_SQL_(UNSUPPORTED|UNKNOWN_WINDOW|UNKNOWN_FUNCTION|SYNTAX)/;
