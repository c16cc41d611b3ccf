import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { memory } from "../../../test/fakes/enforcer_memory.ts";
import { CAPACITY, describeEnforcer } from "../../../test/suites/enforcer_suite.ts";
import type { Enforcer, EnforcerMemory } from "../../component/index.ts";
import { type Clock, Counters, silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { command } from "./command.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-command-"));
  writeFileSync(join(folder, "firewall"), FIREWALL, { mode: 0o755 });
  writeFileSync(join(folder, "list"), "");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const list = (): string[] =>
  readFileSync(join(folder, "list"), "utf8")
    .split("\n")
    .filter((line) => line !== "");
const write = (lines: readonly string[]): void => writeFileSync(join(folder, "list"), lines.map((line) => `${line}\n`).join(""));

async function open(
  settings: Record<string, unknown> = {},
  kept: EnforcerMemory = memory(),
  clock: Clock = new VirtualClock(0),
): Promise<Enforcer> {
  const program = join(folder, "firewall");
  const config = command.config(z).parse({
    add: [program, "add", "${cidr}", "${seconds}"],
    remove: [program, "remove", "${cidr}"],
    list: [program, "list"],
    ...settings,
  });
  const context = { name: "enforcers[0]", folder, clock, steps: new Steps(clock), log: silentLog, counters: new Counters(), memory: kept };
  return command.open(config, context);
}

async function keep(enforcer: Enforcer, cidrs: readonly string[], untilMs?: number): Promise<void> {
  const wanted = cidrs.map((cidr) => ({ cidr, untilMs, priority: 1 }));
  for (const change of enforcer.plan(wanted, await enforcer.observe())) await enforcer.apply(change);
}

describeEnforcer("command", async (clock) => {
  const kept = memory();
  const reopen = async () => open({ entries_max: CAPACITY }, kept, clock);
  return {
    enforcer: await reopen(),
    reopen,
    blocked: async () => list().map((line) => line.split(" ")[0]!),
    remove: async (cidr) => write(list().filter((line) => !line.startsWith(`${cidr} `))),
    add: async (cidr) => write([...list(), `${cidr} 0`]),
    spoil: async (cidr) => write(list().filter((line) => !line.startsWith(`${cidr} `))),
    trouble: async () => {
      writeFileSync(join(folder, "broken"), "");
      return async () => rmSync(join(folder, "broken"));
    },
  };
});

test("without a list it remembers what it has added, also after a restart", async () => {
  const kept = memory();
  await keep(await open({ list: undefined }, kept), ["203.0.113.7/32", "2001:db8:bad::/64"]);
  await keep(await open({ list: undefined }, kept), ["203.0.113.7/32"]);
  expect(list()).toEqual(["203.0.113.7/32 0"]);
});

test("a block whose end has moved is added anew where the command tells the end", async () => {
  const enforcer = await open();
  await keep(enforcer, ["203.0.113.7/32"], 60_000);
  await keep(enforcer, ["203.0.113.7/32"], 120_000);
  expect(list()).toEqual(["203.0.113.7/32 120"]);
});

test("a program that fails is told of with what it said, and the block is not said to be there", async () => {
  const enforcer = await open();
  writeFileSync(join(folder, "broken"), "");
  const [change] = await enforcer.observe().then(
    () => [],
    (thrown: Error) => [thrown.message],
  );
  expect(change).toMatch(/firewall ended with status 1: the firewall is on fire\.$/);
});

test("no shell reads what it is given", async () => {
  const enforcer = await open({ add: [join(folder, "firewall"), "add", "${cidr}", "$(touch " + join(folder, "pwned") + ")"] });
  await keep(enforcer, ["203.0.113.7/32"]);
  expect(existsSync(join(folder, "pwned"))).toBe(false);
});

const FIREWALL = `#!/bin/sh
cd "$(dirname "$0")"
if [ -e broken ]; then echo "the firewall is on fire" >&2; exit 1; fi
case "$1" in
  add) grep -v "^$2 " list > list.next; echo "$2 $3" >> list.next; mv list.next list ;;
  remove) grep -v "^$2 " list > list.next; mv list.next list ;;
  list) cat list ;;
esac
`;
