import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { RecordingIntake } from "../../test/suites/source_fakes.ts";
import { formatSetting, openFormat } from "./format_setting.ts";
import { readLog } from "./read_log.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "hotaka-records-"))));
afterEach(() => rmSync(folder, { recursive: true }));

async function messages(text: string): Promise<unknown[]> {
  const format = openFormat(formatSetting(z).parse({ multiline: { first_line: "^[0-9]", lines_max: 10_000 } }));
  const intake = new RecordingIntake("log", format.fields);
  writeFileSync(join(folder, "log"), text);
  await readLog({ path: join(folder, "log"), format, intake, nowMs: 0 });
  return intake.events.map(({ message }) => message);
}

test("records are whole wherever a region of the log ends, and the last one too", async () => {
  const records = Array.from({ length: 20_000 }, (_, at) => `${at} first${"\n  more".repeat(at % 7)}`);
  const text = records.join("\n");
  expect(await messages(`${text}\n`)).toEqual(records);
  expect(await messages(text)).toEqual(records);
});

test("a record of one line, or of none, comes out", async () => {
  expect(await messages("1\n")).toEqual(["1"]);
  expect(await messages("1")).toEqual(["1"]);
  expect(await messages("")).toEqual([]);
  expect(await messages("1\n 2")).toEqual(["1\n 2"]);
});

test("a record longer than what is held is not waited for", async () => {
  const found = await messages(`1 a\n${" x\n".repeat(9000)}${` ${"y".repeat(9000)}\n`.repeat(40)}2 b\n`);
  expect(found.at(-1)).toBe("2 b");
});
