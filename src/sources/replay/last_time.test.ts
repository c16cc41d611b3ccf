import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFormat } from "../format_setting.ts";
import { lastTimeMs } from "./last_time.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "hotaka-last-time-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const LINE = '1.2.3.4 - - [06/May/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 5\n';

function lastOf(text: string): string | undefined {
  const path = join(folder, "log");
  writeFileSync(path, text);
  const fd = openSync(path, "r");
  const timeMs = lastTimeMs(fd, statSync(path).size, openFormat({ name: "combined", config: {} }), 0);
  closeSync(fd);
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString();
}

test("the last time is the latest of the lines at the end, in whatever order they stand", () => {
  const late = LINE.replace("12:00:00", "13:00:00");
  expect(lastOf(`${LINE}${late}${LINE}`)).toBe("2024-05-06T13:00:00.000Z");
  expect(lastOf(`${LINE}${late}`.trimEnd())).toBe("2024-05-06T13:00:00.000Z");
  expect(lastOf(late + LINE.repeat(10_000))).toBe("2024-05-06T12:00:00.000Z");
});

test("there is none where no line at the end is of the format", () => {
  expect(lastOf("")).toBeUndefined();
  expect(lastOf("garbage\n")).toBeUndefined();
});
