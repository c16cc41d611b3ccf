import { expect, test } from "vitest";
import { z } from "zod";
import { freePort } from "../../../test/e2e/free_port.ts";
import { until } from "../../../test/suites/peer.ts";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { kafka } from "./kafka.ts";
import { openKafka } from "./kafka_source.ts";

const configOf = (settings: object) => kafka.config(z).parse({ topics: ["access"], target: "t", connect_timeout: "1s", ...settings });

test("brokers that are not there are told and asked again, and the daemon stops all the same", async () => {
  const context = new FakeSourceContext({ folder: "/" });
  const port = await freePort();
  const source = await openKafka(configOf({ brokers: [`127.0.0.1:${port}`] }), context);
  expect(source.status()).toMatchObject({ sentence: "joining group hotaka for access, 0 records", ok: true });
  await until(() => !source.status().ok);
  expect(source.status()).toEqual({ sentence: `not reading access: connect ECONNREFUSED 127.0.0.1:${port}`, ok: false });
  expect(context.said.filter((said) => !said.startsWith("debug"))).toEqual([
    expect.stringMatching(
      /^warn: sources\[0\] \(test\): access cannot be read: connect ECONNREFUSED 127\.0\.0\.1:\d+\. The next try is in .*\.$/,
    ),
  ]);
  expect(context.counted("kafka_failures")).toBe(1);
  await context.steps.stop();
  await source.close();
  await source.close();
});

test("a format that makes one event of several records is refused", async () => {
  const context = new FakeSourceContext({ folder: "/" });
  const format = { multiline: { first_line: "/^x/", expression: "/^(?<a>.*)/" } };
  await expect(openKafka(configOf({ brokers: ["127.0.0.1:1"], format }), context)).rejects.toMatchObject({ code: "HOTAKA_SOURCE_OPEN" });
});
