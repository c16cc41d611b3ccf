import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../kit/index.ts";
import { Accounts, type TokenWish } from "./index.ts";

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

let folder: string;
let clock: VirtualClock;
let accounts: Accounts;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-accounts-"));
  clock = new VirtualClock(NOW_MS);
  accounts = await Accounts.open({ dataDir: folder, clock });
});

afterEach(() => {
  accounts.close();
  rmSync(folder, { recursive: true });
});

function wish(name: string, more: Partial<TokenWish> = {}): TokenWish {
  return { name, role: "operate", forMs: undefined, by: "me", ...more };
}

describe("a token", () => {
  test("shows who has it and what they may do", () => {
    const text = accounts.tokens.create(wish("deploy"));
    expect(text).toMatch(/^hotaka_[0-9a-f]{16}_[\w-]{43}$/);
    expect(accounts.tokens.verify(text)).toEqual({
      name: "deploy",
      role: "operate",
      createdMs: NOW_MS,
      createdBy: "me",
      expiresMs: undefined,
      usedMs: undefined,
    });
  });

  test("is not on the disk, nor in the list", () => {
    const text = accounts.tokens.create(wish("deploy"));
    const secret = text.split("_").slice(2).join("_");
    accounts.close();
    expect(readFileSync(join(folder, "accounts.db")).includes(secret)).toBe(false);
  });

  test("is good for nothing with another secret, another id, or cut off", () => {
    const text = accounts.tokens.create(wish("deploy"));
    const other = accounts.tokens.create(wish("other"));
    const [, id = ""] = text.split("_");
    const [, otherId = ""] = other.split("_");
    for (const wrong of [
      "",
      "hotaka",
      `${text}x`,
      text.slice(0, -1),
      text.replace(id, otherId),
      text.replace(id, "0".repeat(16)),
      text.toUpperCase(),
    ]) {
      expect(accounts.tokens.verify(wrong)).toBeUndefined();
    }
  });

  test("ends when its time is over", () => {
    const text = accounts.tokens.create(wish("deploy", { forMs: HOUR_MS }));
    clock.advanceTo(NOW_MS + HOUR_MS - 1);
    expect(accounts.tokens.verify(text)?.expiresMs).toBe(NOW_MS + HOUR_MS);
    clock.advanceTo(NOW_MS + HOUR_MS);
    expect(accounts.tokens.verify(text)).toBeUndefined();
  });

  test("ends when it is revoked, and its name is free again", () => {
    const text = accounts.tokens.create(wish("deploy"));
    expect(accounts.tokens.revoke("deploy")).toBe(true);
    expect(accounts.tokens.revoke("deploy")).toBe(false);
    expect(accounts.tokens.verify(text)).toBeUndefined();
    accounts.tokens.create(wish("deploy"));
  });

  test("is listed with the hour of its last use", () => {
    const text = accounts.tokens.create(wish("deploy"));
    for (const afterMs of [5, 10, HOUR_MS + 5]) {
      clock.advanceTo(NOW_MS + afterMs);
      accounts.tokens.verify(text);
    }
    expect(accounts.tokens.list().map(({ name, usedMs }) => [name, usedMs])).toEqual([["deploy", NOW_MS + HOUR_MS + 5]]);
  });

  test("is there again after a restart", async () => {
    const text = accounts.tokens.create(wish("deploy", { role: "read" }));
    accounts.close();
    accounts = await Accounts.open({ dataDir: folder, clock });
    expect(accounts.tokens.verify(text)?.role).toBe("read");
  });

  test.each(["", "a b", "../x", "x".repeat(65), "日本"])("cannot have the name %j", (name) => {
    expect(() => accounts.tokens.create(wish(name))).toThrow(/is not a name for a token/);
  });

  test("has a name of its own", () => {
    accounts.tokens.create(wish("deploy"));
    expect(() => accounts.tokens.create(wish("deploy"))).toThrow(/There is a token "deploy" already/);
  });
});

describe("what people did", () => {
  test("is kept, the latest first, a page at a time", () => {
    for (let change = 1; change <= 5; change++) {
      accounts.audit.record({ who: "token deploy", what: `PUT /v1/queries/q${change}`, outcome: "done" });
      clock.advanceTo(NOW_MS + change);
    }
    const first = accounts.audit.list({ limit: 2 });
    expect(first.map(({ what, atMs }) => [what, atMs])).toEqual([
      ["PUT /v1/queries/q5", NOW_MS + 4],
      ["PUT /v1/queries/q4", NOW_MS + 3],
    ]);
    expect(accounts.audit.list({ limit: 10, before: first[1]!.id }).map(({ what }) => what.slice(-2))).toEqual(["q3", "q2", "q1"]);
  });

  test("takes no more room than it may, whatever the texts", () => {
    accounts.audit.record({ who: "x".repeat(10_000), what: "\0".repeat(10_000), outcome: "done" });
    const [entry] = accounts.audit.list({ limit: 1 });
    expect([entry?.who.length, entry?.what.length]).toEqual([500, 500]);
  });
});
