import { expect, test } from "vitest";
import { z } from "zod";
import { clusterSettings } from "./cluster_settings.ts";

const schema = z.strictObject(clusterSettings(z));

test("a broker alone is enough", () => {
  expect(schema.parse({ brokers: ["kafka1:9092"] })).toMatchObject({
    brokers: [{ host: "kafka1", port: 9092 }],
    client_id: "hotaka",
    connect_timeout: 10_000,
  });
});

test.each([
  [["kafka1"], "host:port, such as kafka1.example.com:9092 was wanted"],
  [["kafka1:0"], "a port from 1 to 65535 was wanted"],
  [["[::1]:9092"], "a name was wanted for an address of IPv6"],
])("%j is refused", (brokers, wrong) => {
  expect(schema.safeParse({ brokers }).error?.issues[0]?.message).toContain(wrong);
});
