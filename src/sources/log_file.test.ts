import { chmodSync, closeSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HotakaError } from "../kit/index.ts";
import { cannotOpen, cannotRead, openLog } from "./log_file.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "hotaka-log-file-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function failure(path: string): unknown {
  try {
    closeSync(openLog(path).fd);
  } catch (thrown) {
    return thrown instanceof HotakaError ? `${thrown.code} ${thrown.message}` : thrown;
  }
  return undefined;
}

test("a file is opened", () => {
  writeFileSync(join(folder, "log"), "abc");
  const { fd, stats } = openLog(join(folder, "log"));
  closeSync(fd);
  expect(stats.size).toBe(3);
});

test("what cannot be read as a log is said in a sentence that begins with its path", () => {
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "logs"));
  symlinkSync("circle", join(folder, "circle"));
  const none = join(folder, "none.log");
  expect(failure(none)).toBe(`HOTAKA_SOURCE_OPEN ${none} cannot be read: there is no such file. Check the path.`);
  expect(failure(join(folder, "logs"))).toContain("cannot be read as a log: it is a directory. Name a file.");
  expect(failure(join(folder, "file", "x"))).toContain("should be a directory is a file");
  expect(failure(join(folder, "circle"))).toContain("a circle of symbolic links");
  expect(failure("/dev/null")).toContain("it is not a regular file");
});

test.skipIf(process.getuid?.() === 0)("a file without permission is said to be one (needs a user that is not root)", () => {
  const path = join(folder, "secret");
  writeFileSync(path, "");
  chmodSync(path, 0);
  expect(failure(path)).toContain("permission is denied");
});

test("an error of the system is put into a sentence with its path, and kept as the cause", () => {
  const denied = Object.assign(new Error("EACCES: permission denied, open"), { code: "EACCES" });
  expect(cannotOpen("/var/log/x", denied)).toMatchObject({
    code: "HOTAKA_SOURCE_OPEN",
    message: expect.stringMatching(/^\/var\/log\/x cannot be read: permission is denied\./),
    cause: denied,
  });
  expect(cannotOpen("/x", new Error("EIO: i/o error")).message).toBe("/x cannot be read: EIO: i/o error.");
  expect(cannotRead("/x", 7, new Error("EIO: i/o error"))).toMatchObject({
    code: "HOTAKA_SOURCE_READ",
    message: "/x cannot be read on at byte 7: EIO: i/o error. What was read before is kept.",
  });
});
