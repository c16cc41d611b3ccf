import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { until } from "../../../test/suites/peer.ts";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { sourceSuite } from "../../../test/suites/source_suite.ts";
import type { Source } from "../../component/index.ts";
import { command } from "./command.ts";
import { openCommand } from "./command_source.ts";

/** A program of our own: it needs nothing that is not here. */
function program(text: string): string[] {
  return [process.execPath, "-e", text];
}

const RUNS_ON = 'console.log("one\\ntwo"); setInterval(() => {}, 1000);';

sourceSuite(command, () => ({
  settings: { run: program(RUNS_ON), format: "none", target: "events", stop_wait: "1min" },
  events: 2,
  // It brings them by itself, and takes its time to start; where the daemon stops it brings none.
  async send(source) {
    let turns = 0;
    await until(() => source.status().sentence.endsWith(" 2 events") || ++turns > 300_000);
  },
}));

function open(context: FakeSourceContext, settings: Record<string, unknown>): Source {
  return openCommand(command.config(z).parse({ format: "none", target: "log", ...settings }), context);
}

describe("a program", () => {
  test("gets no shell, its own variables, and the folder of the settings", async () => {
    const context = new FakeSourceContext({ folder: "/" });
    const run = [...program("console.log(process.argv[1], process.env.X, process.cwd())"), "$HOME; *"];
    const source = open(context, { run, environment: { X: "x" }, restart: "never" });
    await source.finished;
    expect(context.events("log").map(({ message }) => message)).toEqual(["$HOME; * x /"]);
    await source.close();
  });

  test("that ends is started again, later and later, and its last line needs no newline", async () => {
    const context = new FakeSourceContext({ folder: "/" });
    const source = open(context, { run: program('process.stdout.write("line"); process.exit(3)') });
    for (let start = 1; start <= 3; start++) {
      await until(() => context.events("log").length === start && !source.status().ok);
      expect(source.status().sentence).toMatch(/it ended with status 3; it is started again in .*\.$/);
      context.clock.advanceTo(context.clock.nowMs() + 1000 * 2 ** (start - 1));
    }
    expect(context.counted("command_restarts")).toBe(3);
    await source.close();
  });

  test("that cannot be started is said, and tried again", async () => {
    const context = new FakeSourceContext({ folder: "/" });
    const source = open(context, { run: ["/no/such/program"] });
    await until(() => context.said.length > 0);
    expect(context.said[0]).toMatch(
      /^warn: sources\[0\] \(test\): it cannot be started: spawn \/no\/such\/program ENOENT; it is started again in /,
    );
    await source.close();
  });

  test("that complains is heard, and one that does not end at SIGTERM is killed", async () => {
    const context = new FakeSourceContext({ folder: "/" });
    const run = program('process.on("SIGTERM", () => {}); console.error("trouble"); console.log("up"); setInterval(() => {}, 1000);');
    const source = open(context, { run, stop_wait: "5s" });
    await until(() => context.events("log").length === 1 && context.said.length === 1);
    expect(context.said).toEqual(["info: sources[0] (test): trouble"]);
    let isClosed = false;
    const closing = source.close().then(() => (isClosed = true));
    await setImmediate();
    expect(isClosed).toBe(false);
    context.clock.advanceTo(5000);
    await closing;
  });

  test("is ended together with what it started", async () => {
    const context = new FakeSourceContext({ folder: "/" });
    const run = ["sh", "-c", "echo up; sleep 1000; echo down"];
    const source = open(context, { run });
    await until(() => context.events("log").length === 1);
    await source.close();
    expect(context.events("log").map(({ message }) => message)).toEqual(["up"]);
  });
});
