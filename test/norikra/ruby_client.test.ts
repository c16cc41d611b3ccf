import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RealDaemon } from "./real_daemon.ts";

const RUBY = "ruby";
/** Debian has them as ruby, ruby-msgpack, ruby-httpclient and ruby-thor. */
const HAS_RUBY = spawnSync(RUBY, ["-rmsgpack", "-rhttpclient", "-rthor", "-e", ""]).status === 0;
const RUBY_TIMEOUT_MS = 60_000;

let daemon: RealDaemon;

beforeEach(async () => {
  daemon = new RealDaemon();
  await daemon.open();
});

afterEach(async () => daemon.close());

test.skipIf(!HAS_RUBY)(
  "Ruby's own msgpack and HTTPClient drive every method, and find the classes of errors (needs ruby, msgpack, httpclient, thor)",
  async () => {
    const words = [join(import.meta.dirname, "ruby_client.rb"), "drive", String(daemon.rpcPort)];
    const { stdout } = await promisify(execFile)(RUBY, words, { timeout: RUBY_TIMEOUT_MS });
    const field = (name: string, type: string, optional: boolean): object => ({ name, type, optional, nullable: false });
    const row = { path: "/ö", n: 2 ** 40, f: 2, b: true, text: "x" };
    const rows = [[daemon.clock.nowMs() / 1000, row]];
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line): unknown => JSON.parse(line)),
    ).toEqual([
      ["open", true],
      ["open", true],
      [
        "targets",
        [
          { name: "www", auto_field: true },
          { name: "lazy", auto_field: false },
        ],
      ],
      ["modify", true],
      ["reserve", true],
      [
        "fields",
        [
          field("path", "string", false),
          field("n", "integer", false),
          field("f", "float", false),
          field("b", "boolean", false),
          field("late", "string", true),
        ],
      ],
      ["register", false],
      ["send", false],
      ["queries", [{ name: "q", group: "g", expression: "SELECT path, n, f, b, text FROM www", targets: ["www"], suspended: false }]],
      ["see", rows],
      ["sweep", { q: rows }],
      ["sweep", {}],
      ["event", []],
      ["suspend", true],
      ["resume", true],
      ["register", { raised: "Norikra::RPC::ClientError" }],
      ["fields", { raised: "Norikra::RPC::ServerError" }],
      ["deregister", true],
      ["close", true],
      ["logs", [["2026-01-01 00:00:00 +0000", "info", "RPC server"]]],
    ]);
    // A float of Ruby is one again when it comes back.
    expect(stdout).toContain('"f":2.0');
  },
);
