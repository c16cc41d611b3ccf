import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { componentSuite } from "../../../test/suites/component_suite.ts";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { stdin } from "./stdin.ts";
import { openStdin } from "./stdin_source.ts";

describe("source stdin", () => {
  componentSuite(stdin);

  const config = stdin.config(z).parse({ format: "none", target: "log" });

  test("reads its input to the end, and is then at its own", async () => {
    const context = new FakeSourceContext({ folder: "/" });
    const input = new PassThrough();
    const source = openStdin(config, context, input);
    expect(source.status()).toEqual({ sentence: "reading the standard input, 0 events", ok: true });
    input.end("one\ntwo");
    await source.finished;
    expect(context.events("log").map(({ message }) => message)).toEqual(["one", "two"]);
    expect(source.status().sentence).toBe("read the standard input, 2 events");
    await source.close();
  });

  test("reads no more once the daemon stops, and closes although the pipe is open", async () => {
    const context = new FakeSourceContext({ folder: "/" });
    const input = new PassThrough();
    const source = openStdin(config, context, input);
    await context.steps.stop();
    input.write("late\n");
    await source.close();
    await source.close();
    expect(context.events("log")).toEqual([]);
    expect(input.destroyed).toBe(true);
  });
});
