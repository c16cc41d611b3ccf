import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { memory } from "../../../test/fakes/enforcer_memory.ts";
import { z } from "zod";
import { CAPACITY, describeEnforcer } from "../../../test/suites/enforcer_suite.ts";
import { whyNoNamespace, Wire } from "../../../test/suites/network_namespace.ts";
import type { WantedBlock } from "../../component/index.ts";
import { type Clock, Counters, silentLog, Steps, VirtualClock, wallClock } from "../../kit/index.ts";
import { nftables } from "./nftables.ts";

const why = whyNoNamespace();
test("real packets can be stopped here", ({ skip }) => {
  skip(why !== undefined, why);
  expect(why).toBeUndefined();
});

const wires: Wire[] = [];
function wire(): Wire {
  const made = new Wire();
  wires.push(made);
  return made;
}
afterEach(() => {
  for (const made of wires.splice(0)) made.close();
});
afterAll(() => {
  for (const made of wires.splice(0)) made.close();
});

async function open(made: Wire, clock: Clock, settings: Record<string, unknown> = {}) {
  const context = {
    name: "enforcers[0] (nftables)",
    folder: "/",
    clock,
    steps: new Steps(clock),
    log: silentLog,
    counters: new Counters(),
    memory: memory(),
  };
  return nftables.open(nftables.config(z).parse({ command: [...made.onServer, "nft"], ...settings }), context);
}

function nft(made: Wire, script: string): string {
  const { status, stdout, stderr } = spawnSync("ip", ["netns", "exec", made.server, "nft", "-f", "-"], { input: script, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** The addresses in all sets of the server, as the prefixes that the names of the sets say. */
function blocked(made: Wire): string[] {
  const { stdout } = spawnSync("ip", ["netns", "exec", made.server, "nft", "-j", "list", "ruleset"], { encoding: "utf8" });
  const { nftables: objects } = JSON.parse(stdout) as {
    nftables: { set?: { name: string; elem?: (string | { elem: { val: string } })[] } }[];
  };
  return objects.flatMap(({ set }) =>
    (set?.elem ?? []).map((element) => `${typeof element === "string" ? element : element.elem.val}/${set?.name.split("_")[1] ?? ""}`),
  );
}

describe.skipIf(why !== undefined)("in a network namespace", () => {
  describeEnforcer("nftables", async (clock) => {
    const made = wire();
    nft(made, "add table inet stranger\nadd set inet stranger s_32 { type ipv4_addr; }");
    const reopen = async () => open(made, clock, { entries_max: CAPACITY });
    return {
      enforcer: await reopen(),
      reopen,
      sharesRoom: false,
      blocked: async () => [...new Set(blocked(made))],
      remove: async (cidr) => void nft(made, `delete element inet hotaka ip4_32 { ${cidr.slice(0, -3)} }`),
      add: async (cidr) => void nft(made, `add element inet stranger s_32 { ${cidr.slice(0, -3)} }`),
      spoil: async (cidr) => {
        const address = cidr.slice(0, -3);
        nft(made, `delete element inet hotaka ip4_32 { ${address} }\nadd element inet hotaka ip4_32 { ${address} timeout 1h }`);
      },
      trouble: async () => {
        spawnSync("ip", ["netns", "exec", made.server, "nft", "delete", "table", "inet", "hotaka"]);
        // A table of that name which somebody else holds: nobody but its owner may change it.
        const owner = spawn("ip", ["netns", "exec", made.server, "nft", "-i"], { stdio: ["pipe", "ignore", "ignore"] });
        owner.stdin.write("add table inet hotaka { flags owner; }\n");
        while (!nft(made, "list tables").includes("inet hotaka")) await setImmediate();
        return async () => {
          owner.stdin.end("quit\n");
          await once(owner, "close");
        };
      },
    };
  });

  test.each([
    ["a rule", "flush chain inet hotaka blocked"],
    ["everything", "flush ruleset"],
    ["the verdict", "flush chain inet hotaka blocked; add rule inet hotaka blocked ip saddr @ip4_32 counter accept"],
    ["more than was there", "add rule inet hotaka blocked drop"],
    ["the hook", "delete chain inet hotaka blocked; add chain inet hotaka blocked { type filter hook input priority 0; }"],
  ])("puts its table back whole when a stranger changed %s of it", async (_, script) => {
    const made = wire();
    const enforcer = await open(made, new VirtualClock(0));
    const wanted: WantedBlock[] = [{ cidr: "203.0.113.7/32", untilMs: undefined, priority: 1 }];
    const keep = async (): Promise<void> => {
      for (const change of enforcer.plan(wanted, await enforcer.observe())) await enforcer.apply(change);
    };
    await keep();
    const before = spawnSync("ip", ["netns", "exec", made.server, "nft", "list", "ruleset"], { encoding: "utf8" }).stdout;
    nft(made, script.replaceAll("; ", "\n").replaceAll(/\{ (.*)\n\}/g, "{ $1; }"));
    await keep();
    expect(spawnSync("ip", ["netns", "exec", made.server, "nft", "list", "ruleset"], { encoding: "utf8" }).stdout).toBe(before);
  });

  test("takes ten thousand decisions in one batch, and lets go of them in another", async () => {
    const enforcer = await open(wire(), new VirtualClock(0));
    const wanted = Array.from({ length: 10_000 }, (_, host): WantedBlock => ({
      cidr: `198.51.${host >> 8}.${host & 255}/32`,
      untilMs: 3_600_000,
      priority: 1,
    }));
    const changes = enforcer.plan(wanted, await enforcer.observe());
    expect(changes).toHaveLength(1);
    await enforcer.apply(changes[0]!);
    const observed = await enforcer.observe();
    expect(enforcer.plan(wanted, observed)).toEqual([]);
    expect(enforcer.plan([], observed)).toHaveLength(1);
  });

  test("holds a prefix and an address inside it, each to its own end", async () => {
    const made = wire();
    const enforcer = await open(made, new VirtualClock(0));
    const wanted: WantedBlock[] = [
      { cidr: "203.0.113.0/24", untilMs: 60_000, priority: 1 },
      { cidr: "203.0.113.7/32", untilMs: undefined, priority: 1 },
    ];
    for (const change of enforcer.plan(wanted, await enforcer.observe())) await enforcer.apply(change);
    expect(blocked(made).toSorted()).toEqual(["203.0.113.0/24", "203.0.113.7/32"]);
    expect(enforcer.plan(wanted, await enforcer.observe())).toEqual([]);
  });

  test("reads only what changed, and everything when somebody else was there", async () => {
    const made = wire();
    const enforcer = await open(made, new VirtualClock(0));
    expect(await enforcer.observeOnly?.(["203.0.113.7/32"])).toBeUndefined();
    const wanted: WantedBlock[] = ["203.0.113.7/32", "203.0.113.8/32"].map((cidr) => ({ cidr, untilMs: undefined, priority: 1 }));
    for (const change of enforcer.plan(wanted, await enforcer.observe())) await enforcer.apply(change);
    await enforcer.observe();
    const observed = await enforcer.observeOnly?.(["203.0.113.7/32", "203.0.113.9/32"]);
    expect(observed).toMatchObject({ elements: new Map([["203.0.113.7/32", undefined]]) });
    nft(made, "flush set inet hotaka ip4_32");
    expect(await enforcer.observeOnly?.(["203.0.113.7/32"])).toBeUndefined();
  });

  test("runs with CAP_NET_ADMIN and no other privilege", async () => {
    const made = wire();
    const command = [
      ...made.onServer,
      "setpriv",
      "--reuid=65534",
      "--regid=65534",
      "--clear-groups",
      "--bounding-set=-all,+net_admin",
      "--inh-caps=-all,+net_admin",
      "--ambient-caps=-all,+net_admin",
      "nft",
    ];
    const enforcer = await open(made, new VirtualClock(0), { command });
    const wanted: WantedBlock[] = [{ cidr: "203.0.113.7/32", untilMs: undefined, priority: 1 }];
    for (const change of enforcer.plan(wanted, await enforcer.observe())) await enforcer.apply(change);
    expect(blocked(made)).toEqual(["203.0.113.7/32"]);
  });

  test.each([
    ["IPv4", "203.0.113.1", "203.0.113.2/32"],
    ["IPv6", "2001:db8:bad::1", "2001:db8:bad::/64"],
  ])("stops real packets over %s, and lets them through again when the block ends or is taken back", async (_, server, cidr) => {
    const made = wire();
    const listener = spawn("ip", ["netns", "exec", made.server, process.execPath, "-e", SERVER], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      await once(listener.stdout, "data");
      const enforcer = await open(made, wallClock);
      const keep = async (wanted: readonly WantedBlock[]): Promise<void> => {
        for (const change of enforcer.plan(wanted, await enforcer.observe())) await enforcer.apply(change);
      };
      expect(reaches(made, server)).toBe(true);
      await keep([{ cidr, untilMs: undefined, priority: 1 }]);
      expect(reaches(made, server)).toBe(false);
      await keep([]);
      expect(reaches(made, server)).toBe(true);
      await keep([{ cidr, untilMs: wallClock.nowMs() + 1000, priority: 1 }]);
      expect(reaches(made, server)).toBe(false);
      // Nobody takes it back: the kernel lets go of it at its end, whether a daemon runs or not.
      while (!reaches(made, server)) await setImmediate();
    } finally {
      listener.kill();
    }
  });
});

test("a program that is not there is named", async () => {
  const clock = new VirtualClock(0);
  const context = {
    name: "enforcers[0] (nftables)",
    folder: "/",
    clock,
    steps: new Steps(clock),
    log: silentLog,
    counters: new Counters(),
    memory: memory(),
  };
  const enforcer = await nftables.open(nftables.config(z).parse({ command: ["/nonexistent/nft"] }), context);
  await expect(enforcer.observe()).rejects.toThrow("/nonexistent/nft could not be run: spawn /nonexistent/nft ENOENT.");
});

/** Whether the client is answered by the server. */
function reaches(made: Wire, server: string): boolean {
  return spawnSync("ip", ["netns", "exec", made.client, process.execPath, "-e", CLIENT, server]).status === 0;
}

const SERVER = 'require("net").createServer((socket) => socket.end("hello")).listen(7, "::", () => console.log("listening"))';
const CLIENT =
  'const socket = require("net").connect(7, process.argv[1]); setTimeout(() => process.exit(1), 300); socket.on("data", () => process.exit(0));';
