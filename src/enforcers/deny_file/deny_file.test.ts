import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { memory } from "../../../test/fakes/enforcer_memory.ts";
import { CAPACITY, describeEnforcer } from "../../../test/suites/enforcer_suite.ts";
import { Nginx, whyNoNginx } from "../../../test/suites/nginx.ts";
import type { Enforcer, EnforcerMemory } from "../../component/index.ts";
import { type Clock, Counters, silentLog, Steps, VirtualClock, wallClock } from "../../kit/index.ts";
import { denyFile } from "./deny_file.ts";
import { parseDenyFile } from "./lines.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-deny-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function open(
  settings: Record<string, unknown> = {},
  kept: EnforcerMemory = memory(),
  clock: Clock = new VirtualClock(0),
): Promise<Enforcer> {
  const context = { name: "enforcers[0]", folder, clock, steps: new Steps(clock), log: silentLog, counters: new Counters(), memory: kept };
  return denyFile.open(denyFile.config(z).parse({ path: "deny.conf", format: "nginx", ...settings }), context);
}

const text = (): string => readFileSync(join(folder, "deny.conf"), "utf8");

async function keep(enforcer: Enforcer, ...cidrs: string[]): Promise<void> {
  const wanted = cidrs.map((cidr) => ({ cidr, untilMs: undefined, priority: 1 }));
  for (const change of enforcer.plan(wanted, await enforcer.observe())) await enforcer.apply(change);
}

describeEnforcer("deny_file", async (clock) => {
  const path = join(folder, "deny.conf");
  const read = (): string => (existsSync(path) ? text() : "");
  const reopen = async () => open({ entries_max: CAPACITY }, memory(), clock);
  return {
    enforcer: await reopen(),
    reopen,
    sharesRoom: false,
    blocked: async () => {
      const { before, own } = parseDenyFile(read(), "nginx");
      return [...new Set([...own, ...before.map((line) => `${line.slice("deny ".length, -1)}/32`)])];
    },
    remove: async (cidr) => writeFileSync(path, read().replace(`deny ${cidr.slice(0, -3)};\n`, "")),
    add: async (cidr) => writeFileSync(path, `deny ${cidr.slice(0, -3)};\n${read()}`),
    spoil: async (cidr) => writeFileSync(path, read().replace(`deny ${cidr.slice(0, -3)};`, `allow ${cidr.slice(0, -3)};`)),
    trouble: async () => {
      rmSync(path, { force: true });
      mkdirSync(path);
      return async () => {
        rmSync(path, { recursive: true });
      };
    },
  };
});

test("a file that is not there is made while nothing is blocked, and again when somebody removes it", async () => {
  const enforcer = await open();
  await keep(enforcer);
  expect(text()).toMatch(/^# BEGIN hotaka.*\n# END hotaka\n$/);
  expect(enforcer.plan([], await enforcer.observe())).toEqual([]);
  rmSync(join(folder, "deny.conf"));
  expect(enforcer.plan([], await enforcer.observe())).toMatchObject([
    { cidrs: [], sentence: expect.stringMatching(/^write the marks in /) },
  ]);
  writeFileSync(join(folder, "deny.conf"), "");
  expect(enforcer.plan([], await enforcer.observe())).toEqual([]);
});

test("the file is replaced in one step, keeps its mode, and leaves nothing beside it", async () => {
  writeFileSync(join(folder, "deny.conf"), "allow 10.0.0.0/8;\n");
  chmodSync(join(folder, "deny.conf"), 0o640);
  const { ino } = statSync(join(folder, "deny.conf"));
  await keep(await open(), "203.0.113.7/32");
  expect(text().split("\n")[0]).toBe("allow 10.0.0.0/8;");
  expect(statSync(join(folder, "deny.conf")).mode & 0o777).toBe(0o640);
  expect(statSync(join(folder, "deny.conf")).ino).not.toBe(ino);
  expect(readdirSync(folder)).toEqual(["deny.conf"]);
});

test("a folder that cannot be written to is named", async () => {
  await expect(keep(await open({ path: "missing/deny.conf" }), "203.0.113.7/32")).rejects.toThrow(
    /missing\/deny\.conf could not be written: ENOENT/,
  );
});

test("a wave of changes is one reload at once and one when the time between two is over", async () => {
  const clock = new VirtualClock(0);
  const path = join(folder, "reloads");
  const reload = ["sh", "-c", 'echo reloaded >> "$0"', path];
  const reloads = (): number => readFileSync(path, "utf8").split("\n").length - 1;
  const enforcer = await open({ reload, reload_every: "5s" }, memory(), clock);
  await keep(enforcer, "203.0.113.1/32");
  expect(reloads()).toBe(1);
  let isDone = false;
  const second = keep(enforcer, "203.0.113.1/32", "203.0.113.2/32").finally(() => void (isDone = true));
  while (!text().includes("203.0.113.2")) await setImmediate();
  expect([isDone, reloads()]).toEqual([false, 1]);
  clock.advanceTo(5000);
  await second;
  expect(reloads()).toBe(2);
});

test("a reload that failed is done again, though the file is right, also after a restart", async () => {
  const kept = memory();
  const [flag, clock] = [join(folder, "may-reload"), new VirtualClock(0)];
  const settings = { reload: ["cat", flag], reload_every: "0s" };
  const enforcer = await open(settings, kept, clock);
  await expect(keep(enforcer, "203.0.113.7/32")).rejects.toThrow(/^cat ended with status 1: .*No such file/);
  const wanted = [{ cidr: "203.0.113.7/32", untilMs: undefined, priority: 1 }];
  expect(enforcer.plan(wanted, await enforcer.observe())).toMatchObject([
    { cidrs: ["203.0.113.7/32"], sentence: expect.stringMatching(/^reload in/) },
  ]);
  writeFileSync(flag, "");
  const again = await open(settings, kept, clock);
  await keep(again, "203.0.113.7/32");
  expect(again.plan(wanted, await again.observe())).toEqual([]);
});

test("nginx refuses what stands in the file, and lets it in again when it is taken out", async ({ skip }) => {
  const why = whyNoNginx();
  skip(why !== undefined, why);
  const nginx = new Nginx();
  try {
    const path = nginx.path("deny.conf");
    const enforcer = await open({ path, reload: nginx.reload, reload_every: "0s" }, memory(), wallClock);
    writeFileSync(path, "");
    await nginx.start("include deny.conf; location / { empty_gif; }");
    const until = async (client: string, status: number): Promise<void> => {
      while ((await nginx.status(client)) !== status) await setImmediate();
    };
    await keep(enforcer, "127.0.0.2/32");
    await until("127.0.0.2", 403);
    expect(await nginx.status("127.0.0.3")).toBe(200);
    await keep(enforcer);
    await until("127.0.0.2", 200);
  } finally {
    await nginx.close();
  }
});
