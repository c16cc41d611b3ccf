import { createServer } from "node:net";
import { expect, test } from "vitest";
import { z } from "zod";
import { silentLog } from "../kit/index.ts";
import { freePort } from "../../test/e2e/free_port.ts";
import { kafkaClient, kafkaProblem } from "./client.ts";
import { clusterSettings } from "./cluster_settings.ts";

const options = { name: "actions[0] (kafka)", folder: "/", log: silentLog, code: "HOTAKA_ACTION_FAILED" } as const;
const configOf = (settings: object) => z.strictObject(clusterSettings(z)).parse(settings);

test("what goes wrong is told by its cause, not by how often it was tried", async () => {
  const port = await freePort();
  const { kafka } = await kafkaClient(configOf({ brokers: [`127.0.0.1:${port}`] }), options);
  const problem = await kafka
    .admin({ retry: { retries: 1, initialRetryTime: 1 } })
    .connect()
    .catch(kafkaProblem);
  expect(problem).toBe(`connect ECONNREFUSED 127.0.0.1:${port}`);
});

test("a port that is no broker's is told", async () => {
  const server = createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as { port: number };
  const { kafka } = await kafkaClient(configOf({ brokers: [`127.0.0.1:${port}`], request_timeout: "1s" }), options);
  const problem = await kafka
    .admin({ retry: { retries: 0 } })
    .connect()
    .catch(kafkaProblem);
  expect(problem).toBe("Closed connection");
  server.close();
});

test("a password that is not there is told at once", async () => {
  const sasl = { username: "u", password: "env:HOTAKA_NO_SUCH_VARIABLE" };
  await expect(kafkaClient(configOf({ brokers: ["kafka1:9092"], sasl }), options)).rejects.toMatchObject({ code: "HOTAKA_SECRET_MISSING" });
});
