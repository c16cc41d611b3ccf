import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { openWebService } from "../../../test/suites/web_service.ts";
import { Counters, silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { webhook } from "./webhook.ts";
import { WebhookPost } from "./webhook_post.ts";

test("a header that is a secret is read anew for each message, and a refusal is told without the address", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hotaka-webhook-"));
  const service = await openWebService(() => ({ status: 410, body: "gone" }));
  try {
    const clock = new VirtualClock(0);
    const own = { name: "actions[0] (webhook)", route: "r", family: "f", folder, dryRun: false };
    const config = webhook.config(z).parse({ url: `${service.url}/token`, headers: { authorization: "file:key" } });
    const context = { ...own, clock, steps: new Steps(clock), log: silentLog, counters: new Counters() };
    const post = new WebhookPost(config, context, new URL(`${service.url}/token`));
    for (const key of ["one", "two"]) {
      writeFileSync(join(folder, "key"), key);
      await expect(post.post("row_1", "{}")).rejects.toThrow(
        /^The webhook at 127\.0\.0\.1:\d+ did not take the message: [^/]*410: gone\.$/,
      );
    }
    expect(service.asked.map(({ headers }) => [headers.authorization, headers["webhook-id"]])).toEqual([
      ["one", "row_1"],
      ["two", "row_1"],
    ]);
  } finally {
    await service.close();
    rmSync(folder, { recursive: true });
  }
});
