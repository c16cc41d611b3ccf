import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { clientTls, clientTlsSetting } from "./client_tls.ts";

test("the files are read from the folder of the settings, and one that is not there is named", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hotaka-tls-"));
  writeFileSync(join(folder, "ca.pem"), "certificates");
  const place = { folder, name: "actions[0] (test)", code: "HOTAKA_ACTION_FAILED" } as const;
  expect(await clientTls({ ca: "ca.pem", server_name: "b" }, place)).toEqual({ ca: Buffer.from("certificates"), servername: "b" });
  expect(await clientTls(undefined, place)).toBeUndefined();
  await expect(clientTls({ cert: "none.pem", key: "ca.pem" }, place)).rejects.toThrow(
    /^actions\[0\] \(test\): none\.pem of the setting tls cannot be read: .* Name a file in PEM form\.$/,
  );
  rmSync(folder, { recursive: true });
});

test("a certificate and its key go together", () => {
  expect(clientTlsSetting(z).safeParse({ cert: "a" }).error?.issues[0]?.message).toBe("cert and key go together.");
  expect(clientTlsSetting(z).safeParse({}).success).toBe(true);
});
