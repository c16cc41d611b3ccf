import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Following, ROTATED_WAIT_MS } from "../../../test/suites/following.ts";

const TEXT = "x".repeat(80);

let log: Following;
beforeEach(() => void (log = new Following()));
afterEach(() => {
  log.stop();
  rmSync(log.folder, { recursive: true });
});

describe("a log that is there at start", () => {
  test("is read from its end, and lines that come later are events", () => {
    log.write(3);
    log.start("end");
    log.read();
    log.write(2);
    log.read();
    expect(log.seen).toEqual([4, 5]);
  });

  test("is not begun in the middle of a line", () => {
    appendFileSync(log.path, "half a li");
    log.start("end");
    appendFileSync(log.path, "ne\n");
    log.write(1);
    log.read();
    expect(log.seen).toEqual([1]);
  });

  test("is read from its beginning if the settings say so", () => {
    log.write(3);
    log.start("start");
    log.read();
    expect(log.seen).toEqual([1, 2, 3]);
  });

  test("is read on from where it was, wherever the settings would begin", () => {
    log.write(3);
    log.start("start");
    log.read();
    log.stop();
    log.write(2);
    log.start("end");
    log.read();
    expect(log.seen).toEqual(log.written);
  });

  test("that is a directory is refused", () => {
    mkdirSync(log.path);
    expect(() => log.start()).toThrow(`${log.path} cannot be read as a log: it is a directory. Name a file.`);
  });
});

describe("a log that is not there", () => {
  test("is waited for, and read whole when it comes", () => {
    log.start("end");
    log.read();
    expect(log.status).toEqual({ sentence: `waiting for ${log.path}: there is no such file yet`, ok: false });
    log.write(2);
    log.read();
    expect(log.seen).toEqual([1, 2]);
    expect(log.status).toEqual({ sentence: `following ${log.path}`, ok: true });
  });

  test("is read whole when it comes while nobody looks", () => {
    log.start("end");
    log.stop();
    log.write(2);
    log.start("end");
    log.read();
    expect(log.seen).toEqual([1, 2]);
  });
});

test("a last line without its newline waits for it", () => {
  log.start();
  appendFileSync(log.path, "1 is wr");
  log.read();
  expect(log.seen).toEqual([]);
  appendFileSync(log.path, "itten\n");
  log.read();
  expect(log.seen).toEqual([1]);
});

test("a backlog is said in percent", () => {
  for (let line = 0; line < 40; line++) appendFileSync(log.path, `${"y".repeat(99)}\n`.repeat(1000));
  log.start();
  log.look();
  expect(log.status).toEqual({ sentence: `reading ${log.path} at 0 %`, ok: true });
  for (let region = 0; region < 500; region++) log.follower?.read(0);
  expect(log.status).toEqual({ sentence: expect.stringMatching(/ at [45]\d %$/), ok: true });
});

describe("a log that is copied and truncated", () => {
  test.each(["while it is followed", "while nobody looks"])("before anything of it was read is read from its copy too, %s", (when) => {
    appendFileSync(log.path, "");
    log.start();
    log.read();
    if (when === "while nobody looks") log.stop();
    log.write(2);
    log.copyAndTruncate();
    log.write(1);
    if (when === "while nobody looks") log.start();
    log.readOut();
    expect(log.seen).toEqual(log.written);
  });

  test("and renamed before anybody looked is read from the copy on, and then whole", () => {
    log.write(2);
    log.start();
    log.read();
    log.write(2);
    log.copyAndTruncate("access.log.1");
    log.write(2);
    log.rename("access.log.2");
    log.write(1);
    log.readOut();
    expect(log.seen).toEqual(log.written);
  });

  test("is not read twice because its copy is there before it is truncated", () => {
    appendFileSync(log.path, "");
    log.start();
    log.read();
    log.write(2);
    copyFileSync(log.path, `${log.path}.1`);
    log.look();
    truncateSync(log.path);
    log.write(1);
    log.readOut();
    expect(log.seen).toEqual(log.written);
  });
});

describe("a log that is renamed", () => {
  test("is read to its end, then the new one", () => {
    log.start();
    log.write(2);
    log.read();
    log.write(2);
    log.rename();
    log.write(2);
    log.read();
    expect(log.seen).toEqual(log.written);
  });

  test("is read as long as somebody goes on writing to it, and a little longer", () => {
    log.start();
    log.write(1);
    log.read();
    log.rename();
    const old = join(log.folder, "access.log.1");
    for (let time = 0; time < 5; time++) {
      log.pass(ROTATED_WAIT_MS - 1);
      log.write(1, old);
      log.write(1);
      log.read();
    }
    expect(log.seen.toSorted((a, b) => a - b)).toEqual(log.written);
    log.readOut();
    log.write(1, old);
    log.readOut();
    expect(log.seen).toHaveLength(log.written.length - 1);
  });

  test("gives its last line without a newline when it is let go", () => {
    log.start();
    log.write(1);
    log.read();
    appendFileSync(log.path, "2 is the last");
    log.rename();
    writeFileSync(log.path, "");
    log.read();
    expect(log.seen).toEqual([1]);
    log.readOut();
    expect(log.seen).toEqual([1, 2]);
  });

  test("several times between two looks is read through all the files it was", () => {
    log.start();
    log.write(1);
    log.read();
    for (let time = 0; time < 4; time++) {
      log.write(2);
      for (let older = 4; older > 0; older--) if (exists(`access.log.${older}`)) renameSync(at(older), at(older + 1));
      log.rename();
    }
    log.write(1);
    log.read();
    expect(log.seen).toEqual(log.written);
  });

  test("and is not there for a while is no trouble at first", () => {
    log.start();
    log.write(1);
    log.read();
    log.rename();
    log.read();
    expect(log.status).toEqual({ sentence: `waiting for ${log.path}: it was renamed, and there is no new one yet`, ok: true });
    log.pass(ROTATED_WAIT_MS);
    expect(log.status).toMatchObject({ ok: false });
    log.write(1);
    log.readOut();
    expect(log.seen).toEqual([1, 2]);
  });

  test("and renamed back is read on", () => {
    log.start();
    log.write(1);
    log.read();
    log.rename();
    writeFileSync(log.path, "");
    log.readOut();
    unlinkSync(log.path);
    renameSync(at(1), log.path);
    log.write(1);
    log.readOut();
    expect(log.seen).toEqual([1, 2]);
  });

  test("while nobody looks is found by its name", () => {
    log.start();
    log.write(2);
    log.read();
    log.stop();
    log.write(2);
    log.rename("access.log-20261120");
    log.write(2);
    log.rename("access.log-20261121");
    log.write(2);
    log.start();
    log.readOut();
    expect(log.seen).toEqual(log.written);
  });

  test("while nobody looks, and removed, is said to be lost, and the new one is read whole", () => {
    log.start();
    log.write(2);
    log.read();
    log.stop();
    log.write(1);
    unlinkSync(log.path);
    log.write(2);
    log.start();
    log.readOut();
    log.stop();
    expect(log.seen).toEqual([1, 2, 4, 5]);
    expect(log.said.filter((sentence) => sentence.includes("is gone; what followed is lost"))).toHaveLength(1);
  });

  test("long before it was followed is left alone", () => {
    writeFileSync(at(1), `9 ${TEXT}\n`);
    log.start();
    writeFileSync(log.path, "");
    log.read();
    renameSync(at(1), at(2));
    log.rename();
    log.write(1);
    log.readOut();
    expect(log.seen).toEqual([1]);
  });
});

describe("a log that is truncated", () => {
  test("is read from its beginning", () => {
    log.start();
    log.write(2);
    log.read();
    truncateSync(log.path);
    log.write(1);
    log.read();
    expect(log.seen).toEqual([1, 2, 3]);
  });

  test("and has grown past its old size since is read from its beginning too", () => {
    log.start();
    log.write(2);
    log.read();
    truncateSync(log.path);
    log.write(5);
    log.read();
    expect(log.seen).toEqual(log.written);
  });

  test("with lines unread is read on in its copy", () => {
    log.start();
    log.write(2);
    log.read();
    log.write(2);
    log.copyAndTruncate();
    log.write(1);
    log.read();
    expect(log.seen).toEqual(log.written);
  });

  test("several times while nobody looks is read on in its copies", () => {
    log.start();
    log.write(2);
    log.read();
    log.stop();
    log.write(2);
    log.copyAndTruncate("access.log.2");
    log.write(2);
    log.copyAndTruncate("access.log.1");
    log.write(1);
    log.start();
    log.readOut();
    expect(log.seen).toEqual(log.written);
  });
});

test("a log that is replaced by another of the same size is read whole", () => {
  log.start();
  log.write(2);
  log.read();
  const { size } = statSync(log.path);
  log.stop();
  unlinkSync(log.path);
  writeFileSync(log.path, `7 ${"y".repeat(size - 3)}\n`);
  log.start();
  log.readOut();
  expect(log.seen).toEqual([1, 2, 7]);
});

describe("a log that cannot be read any more", () => {
  test("is left alone for longer and longer, and read on when it can be", () => {
    log.start();
    log.write(1);
    log.read();
    log.rename();
    mkdirSync(log.path);
    log.read();
    expect(log.status).toEqual({ sentence: `${log.path} cannot be read as a log: it is a directory. Name a file.`, ok: false });
    rmSync(log.path, { recursive: true });
    log.write(1);
    log.read();
    expect(log.seen).toEqual([1]);
    log.pass(1000);
    log.read();
    expect(log.seen).toEqual([1, 2]);
    expect(log.status).toMatchObject({ ok: true });
    log.stop();
    expect(log.said.filter((sentence) => sentence.startsWith("warn"))).toHaveLength(1);
  });

  test.skipIf(process.getuid?.() === 0)("for want of permission says so (needs a user that is not root)", () => {
    log.start();
    log.write(1);
    log.read();
    log.rename();
    writeFileSync(log.path, "");
    chmodSync(log.path, 0);
    log.read();
    expect(log.status).toEqual({ sentence: expect.stringContaining("permission is denied"), ok: false });
  });
});

function at(number: number): string {
  return join(log.folder, `access.log.${number}`);
}

function exists(name: string): boolean {
  return statSync(join(log.folder, name), { throwIfNoEntry: false }) !== undefined;
}
