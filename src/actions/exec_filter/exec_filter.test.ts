import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { describeAction } from "../../../test/suites/action_suite.ts";
import { Counters, HotakaError, Steps, VirtualClock } from "../../kit/index.ts";
import { exec_filter } from "./exec_filter.ts";
import { ExecFilter, type GivenEvent } from "./exec_filter_action.ts";

/** Answers each line with what it says, and how often it has been started. */
const ECHO = `require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => console.log(JSON.stringify({ ...JSON.parse(line), seen: true })));`;
const row = { key: "q 1", query: "block.flood", timeMs: 1_763_632_800_000, row: { host: "203.0.113.7", requests: 1200 } };

describeAction("exec_filter", async () => {
  const given: GivenEvent[] = [];
  return {
    definition: exec_filter,
    settings: { run: [process.execPath, "-e", ECHO], tag: "done", answers: "each" },
    row,
    complete: (context) => ({ ...context, give: async (event: GivenEvent) => void given.push(event) }),
    // The key is told apart by the row alone, not by when it came.
    effects: () => given.map(({ tag, event }) => ({ tag, event })),
  };
});

describe("a program that rows are written to", () => {
  let clock: VirtualClock;
  let steps: Steps;
  let counters: Counters;
  let given: GivenEvent[];
  let said: string[];
  let opened: ExecFilter[];
  /** Whether what is given finds room. */
  let isGiving: Promise<void>;

  beforeEach(() => {
    clock = new VirtualClock(1000);
    steps = new Steps(clock);
    [counters, given, said, opened, isGiving] = [new Counters(), [], [], [], Promise.resolve()];
  });
  afterEach(async () => {
    const closing = Promise.all(opened.map(async (action) => action.close()));
    await until(() => false, 5);
    clock.advanceTo(clock.nowMs() + 600_000);
    clock.advanceTo(clock.nowMs() + 600_000);
    await closing;
  });

  function open(settings: object, script = ECHO): ExecFilter {
    const say = (line: string): void => void said.push(line);
    const config = exec_filter.config(z).parse({ run: [process.execPath, "-e", script], tag: "done", stop_wait: "100ms", ...settings });
    const action = ExecFilter.open(config, {
      name: "actions[0] (exec_filter)",
      route: "r",
      family: "f",
      folder: "/",
      dryRun: false,
      clock,
      steps,
      counters,
      log: { debug: say, info: say, warn: say, error: say },
      give: async (event) => {
        await isGiving;
        given.push(event);
      },
    });
    opened.push(action);
    return action;
  }

  /** Real time passes for the program, and turns for us. */
  async function until(seen: () => boolean, tries = Number.POSITIVE_INFINITY): Promise<void> {
    for (let turn = 0; turn < tries && !seen(); turn++) await setImmediate();
  }

  function counted(name: string): number {
    return counters.read().reduce((sum, reading) => (reading.name === name ? sum + reading.value : sum), 0);
  }

  const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ ...row, key: `q ${n}`, row: { n } }));

  test.each(["json", "msgpack", "tsv"] as const)("gets them as %s, and what it puts out are events of a tag", async (format) => {
    // What comes in goes out as it is.
    const pipe = { format, fields: ["tag", "at", "n"] };
    const action = open(
      {
        in: { ...pipe, query_field: "tag", query_prefix: "rows", time_field: "at" },
        out: { ...pipe, tag_field: "tag", time_field: "at" },
        add_prefix: "out",
        answers: "each",
      },
      "process.stdin.pipe(process.stdout)",
    );
    await action.perform({ ...row, row: { n: 1 } });
    expect(given).toEqual([
      { tag: "out.rows.block.flood", timeMs: row.timeMs, key: "exec_filter r q 1", event: { n: format === "tsv" ? "1" : 1 } },
    ]);
  });

  test("has its answers told apart by its rows, so that they have the same keys when it is asked again", async () => {
    const action = open({ answers: "each", children: 3 });
    await Promise.all(rows(50).map(async (one) => action.perform(one)));
    expect(given).toHaveLength(50);
    for (const { key, event } of given) expect(key).toBe(`exec_filter r q ${JSON.stringify(event["n"])}`);
    expect(counted("exec_filter_rows")).toBe(50);
  });

  test("is given no row for done before its answer is safe", async () => {
    let release = (): void => {};
    isGiving = new Promise((resolve) => {
      release = resolve;
    });
    const action = open({ answers: "each" });
    let isDone = false;
    const performing = action.perform(row).then(() => (isDone = true));
    await until(() => false, 500);
    expect(isDone).toBe(false);
    release();
    await performing;
    expect(given).toHaveLength(1);
  });

  test("that dies leaves its rows undone, and is started again after a while", async () => {
    const dying = `process.stdin.once("data", () => process.exit(3))`;
    const action = open({ answers: "each" }, dying);
    const outcomes = await Promise.allSettled(rows(3).map(async (one) => action.perform(one)));
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(String(outcomes[0]!.status === "rejected" && outcomes[0]!.reason)).toContain("it ended with status 3");
    const again = action.perform(row).catch(() => {});
    await until(() => false, 200);
    expect(counted("exec_filter_restarts")).toBe(0);
    clock.advanceTo(clock.nowMs() + 1000);
    await again;
    expect(counted("exec_filter_restarts")).toBe(1);
    expect(said.some((line) => /it ended with status 3; it is started again in/.test(line))).toBe(true);
  });

  test("that answers as it likes has a row done when it has lived with it for a while", async () => {
    const action = open({ answers: "any", settle_wait: "1s" }, `process.stdin.on("data", () => {}); console.log('{"hello":1}')`);
    let isDone = false;
    const performing = action.perform(row).then(() => (isDone = true));
    await until(() => given.length > 0);
    expect(isDone).toBe(false);
    clock.advanceTo(clock.nowMs() + 1000);
    await performing;
    expect(given[0]).toMatchObject({ tag: "done", event: { hello: 1 } });
  });

  test("that does not answer is ended, and the row is tried again elsewhere", async () => {
    const action = open({ answers: "each", answer_timeout: "10s" }, `process.stdin.on("data", () => {})`);
    const performing = action.perform(row);
    await until(() => counted("exec_filter_rows") > 0);
    clock.advanceTo(clock.nowMs() + 10_000);
    await expect(performing).rejects.toThrow("it ended with SIGKILL");
    expect(said.some((line) => line.includes("did not answer for 10s (answer_timeout)"))).toBe(true);
  });

  test("that cannot be started says so, and a row waits for it no longer than for an answer", async () => {
    const action = open({ run: ["/no/such/program"], answer_timeout: "100ms", restart_wait_max: "1h" });
    await until(() => said.length > 0);
    expect(said[0]).toContain("it cannot be started");
    const performing = action.perform(row);
    clock.advanceTo(clock.nowMs() + 100);
    await expect(performing).rejects.toThrow("the program does not run: it cannot be started");
  });

  test("has no shell between: what would be special to one is an argument", async () => {
    const action = open({
      answers: "each",
      run: [
        process.execPath,
        "-e",
        `process.stdin.once("data", () => console.log(JSON.stringify({ got: process.argv[1] })))`,
        "$(id) `id`; *",
      ],
    });
    await action.perform(row);
    expect(given[0]?.event).toEqual({ got: "$(id) `id`; *" });
  });

  test("may print what is no record: it is counted and told once", async () => {
    const action = open(
      { answers: "any", settle_wait: "0s" },
      `console.log("starting"); console.log("[]"); console.log('{"a":1}'); process.stdin.resume()`,
    );
    void action;
    await until(() => given.length > 0);
    expect(counted("exec_filter_results_refused")).toBe(2);
    expect(said.filter((line) => line.includes("is no record of json"))).toHaveLength(1);
  });

  test("is not given again what it has given", async () => {
    const action = open({ answers: "each" });
    expect(await action.perform({ ...row, key: "exec_filter r q 1" })).toContain("left alone");
    expect(given).toEqual([]);
  });

  const AT_THE_END = `
    let rows = 0;
    process.stdin.on("data", (piece) => (rows += String(piece).split("\\n").length - 1));
    process.stdin.on("end", () => console.log(JSON.stringify({ rows })));
  `;

  test("is drained before the daemon stops: what it puts out when its input has ended is taken, and its rows are done", async () => {
    const action = open({ answers: "any", settle_wait: "1min" }, AT_THE_END);
    const performing = Promise.all(rows(3).map(async (one) => action.perform(one)));
    await until(() => counted("exec_filter_rows") === 3);
    await action.drain();
    expect(given.map(({ event }) => event)).toEqual([{ rows: 3 }]);
    expect(await performing).toHaveLength(3);
    // What comes from then on waits for the next start.
    const late = action.perform({ ...row, key: "q late" }).catch((thrown: unknown) => thrown);
    await steps.stop();
    expect(await late).toMatchObject({ code: "HOTAKA_STOPPING" });
    expect([counted("exec_filter_rows"), counted("exec_filter_restarts")]).toEqual([3, 0]);
  });

  test("that ends badly while it is drained has its rows given back, and not as failed", async () => {
    const action = open({ answers: "any", settle_wait: "1min" }, `process.stdin.on("end", () => process.exit(1)).resume()`);
    const performing = action.perform(row).catch((thrown: unknown) => thrown);
    await until(() => counted("exec_filter_rows") === 1);
    await action.drain();
    clock.advanceTo(clock.nowMs() + 7_200_000);
    await steps.stop();
    expect(await performing).toMatchObject({ code: "HOTAKA_STOPPING" });
  });

  test("that does not end is drained no longer than stop_wait", async () => {
    const action = open({ answers: "any", settle_wait: "0s" }, `setInterval(() => {}, 1000); console.log('{"a":1}')`);
    await until(() => given.length === 1);
    let isDrained = false;
    const draining = action.drain().then(() => (isDrained = true));
    await until(() => false, 50);
    expect(isDrained).toBe(false);
    clock.advanceTo(clock.nowMs() + 100);
    await draining;
  });

  test("gives its rows back when the daemon stops, as neither done nor failed", async () => {
    const action = open({ answers: "each" }, `process.stdin.on("data", () => {})`);
    const performing = action.perform(row);
    await until(() => false, 100);
    const stopping = steps.stop();
    const thrown: unknown = await performing.catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(HotakaError);
    expect(thrown).toMatchObject({ code: "HOTAKA_STOPPING" });
    await stopping;
  });
});

test.each([
  [{ run: [], tag: "t" }, "expected array to have >=1"],
  [{ run: ["a"], tag: "a b" }, "a tag without blanks"],
  [{ run: ["a"], tag: "t", in: { format: "tsv" } }, "the fields of tsv in their order were wanted"],
])("settings %j are refused", (settings, sentence) => {
  expect(JSON.stringify(exec_filter.config(z).safeParse(settings).error?.issues)).toContain(sentence);
});
