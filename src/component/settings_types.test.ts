import { z } from "zod";
import { describe, expect, test } from "vitest";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { duration, hostAndPort, secret, size } from "./index.ts";

function problem(schema: z.ZodType, input: unknown): string | undefined {
  return schema.safeParse(input).error?.issues[0]?.message;
}

describe("a duration", () => {
  test("is read as milliseconds", () => {
    expect(duration(z).parse("1 min 30 sec")).toBe(90_000);
  });

  test("has a default in the words of the settings file, and the editor is shown those words", () => {
    const schema = z.strictObject({ for: duration(z).prefault("1h") });
    expect(schema.parse({})).toEqual({ for: 3_600_000 });
    expect(z.toJSONSchema(schema, { io: "input" })).toMatchObject({ properties: { for: { type: "string", default: "1h" } } });
  });

  test.each([
    [3600, "3600 was found; a duration with a unit, such as 90s, 1h or 7 days was wanted."],
    ["soon", '"soon" was found; a duration with a unit, such as 90s, 1h or 7 days was wanted.'],
    ["10ms", '"10ms" was found; at least 1s was wanted.'],
    ["2h", '"2h" was found; at most 1h was wanted.'],
    ["9".repeat(5000), /^"9{59}\.\.\. was found/],
  ])("%j is refused with what was found and what was wanted", (input, sentence) => {
    expect(problem(duration(z, { minMs: 1000, maxMs: 3_600_000 }), input)).toMatch(sentence);
  });
});

test("a size is read as bytes and kept within its bounds", () => {
  expect(size(z).parse("64MB")).toBe(67_108_864);
  expect(problem(size(z, { maxBytes: 1024 }), "64MB")).toBe('"64MB" was found; at most 1.00 KB was wanted.');
  expect(problem(size(z), "much")).toBe('"much" was found; a size with a unit, such as 512KB or 64MB was wanted.');
});

describe("host and port", () => {
  test.each([
    ["127.0.0.1:26578", { host: "127.0.0.1", port: 26578 }],
    ["[::1]:0", { host: "::1", port: 0 }],
    ["localhost:80", { host: "localhost", port: 80 }],
  ])("%s is read", (text, parts) => {
    expect(hostAndPort(z).parse(text)).toEqual(parts);
  });

  test.each(["127.0.0.1", ":80", "::1:80", "[zz]:80", "127.0.0.1:70000", "a b:1", 80])("%j is refused", (text) => {
    expect(problem(hostAndPort(z), text)).toContain("was found; ");
  });
});

describe("a secret", () => {
  test("is what is written, or what stands in the environment or in the first line of a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hotaka-secret-"));
    writeFileSync(join(folder, "key"), "from file\nsecond line\n");
    process.env["HOTAKA_TEST_SECRET"] = "from env";
    const read = async (text: string): Promise<string> => secret(z).parse(text).read(folder);
    expect([await read("plain"), await read("env:HOTAKA_TEST_SECRET"), await read("file:key")]).toEqual(["plain", "from env", "from file"]);
    await expect(read("env:HOTAKA_TEST_NONE")).rejects.toThrow(
      "A secret was wanted in the environment variable HOTAKA_TEST_NONE: it is not there.",
    );
    await expect(read("file:none")).rejects.toThrow("A secret was wanted in the file none: it is not there.");
    delete process.env["HOTAKA_TEST_SECRET"];
    rmSync(folder, { recursive: true });
  });

  test("is not shown by what prints or writes the settings", () => {
    const settings = { token: secret(z).parse("xoxb-1") };
    expect(JSON.stringify(settings) + inspect(settings)).not.toContain("xoxb");
  });
});
