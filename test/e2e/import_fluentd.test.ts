import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openSnsApi } from "../fakes/sns_api.ts";
import { openWebService } from "../suites/web_service.ts";
import { accessLine } from "./lines.ts";
import { Place } from "./hotaka.ts";

let place: Place;
let sns: Awaited<ReturnType<typeof openSnsApi>>;
beforeEach(async () => {
  [place, sns] = [new Place(), await openSnsApi()];
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
});
afterEach(async () => {
  await place.remove();
  await sns.close();
  vi.unstubAllEnvs();
});

/** Reads rows as JSON and puts out what it did as MessagePack: `{ host, did }`. */
const PROGRAM = `
const text = (value) => Buffer.concat([Buffer.from([0xd9, Buffer.byteLength(value)]), Buffer.from(value)]);
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { host, query } = JSON.parse(line);
  process.stdout.write(Buffer.concat([Buffer.from([0x82]), text("host"), text(host), text("did"), text(process.argv[2] + " for " + query)]));
});
`;

test("a configuration that collects logs runs as it was: a log of JSON to a file and to an address", async () => {
  const service = await openWebService(() => ({ status: 200, body: "" }));
  const log = place.write("app.log", "");
  const store = (text: string): string => `<store>\n${text}\n</store>\n`;
  const outputs =
    store(`@type file\npath ${place.path("kept.%Y%m%d")}\n<buffer time>\ntimekey 1d\n</buffer>\n<format>\n@type json\n</format>`) +
    store(`@type http\nendpoint ${service.url}/rows\n<buffer>\nflush_interval 1s\n</buffer>`);
  const source = `<source>\n@type tail\npath ${log}\ntag app.web\n<parse>\n@type json\n</parse>\n</source>\n`;
  place.write("td-agent.conf", `${source}<match app.**>\n@type copy\n${outputs}</match>\n`);
  const imported = await place.run("import", "fluentd", "td-agent.conf", "-o", "hotaka.yaml");
  expect([imported.err, imported.status]).toEqual(["", 0]);
  appendFileSync(place.path("hotaka.yaml"), LOOPBACK);
  const daemon = await place.startReady();
  appendFileSync(log, '{"level":"info","ms":3}\n{"level":"error","ms":5}\n');
  const posted = await daemon.until(() => {
    const lines = service.asked.flatMap(({ body }) => body.trim().split("\n"));
    return lines.length === 2 ? lines : undefined;
  });
  expect(posted).toEqual(['{"level":"info","ms":3}', '{"level":"error","ms":5}']);
  await daemon.until(() => (existsSync(place.path("kept.log")) ? true : undefined));
  const kept = readFileSync(place.path("kept.log"), "utf8").trim().split("\n");
  expect(kept.map((line) => (JSON.parse(line) as { row: unknown }).row)).toEqual([
    { level: "info", ms: 3 },
    { level: "error", ms: 5 },
  ]);
  await service.close();
});

test("the configuration of a DoS blocking runs as it was: log, position, counting, programs and SNS", async () => {
  place.write("answer.js", PROGRAM);
  // What Fluentd had read already is not counted again.
  const seen = accessLine({ timeMs: Date.now() - 60_000, host: "198.51.100.1" }).repeat(10);
  const log = place.write("access_log", seen);
  const inode = statSync(log).ino.toString(16).padStart(16, "0");
  place.write("access.pos", `${log}\t${seen.length.toString(16).padStart(16, "0")}\t${inode}\n`);
  place.write("td-agent.conf", configuration(log));

  const imported = await place.run("import", "fluentd", "td-agent.conf", "-o", "hotaka.yaml");
  expect(imported.err).toBe("");
  expect(imported.out).toContain("td-agent.conf: 1 source, 1 route, 4 actions, written to hotaka.yaml.");
  expect(imported.out).toContain("Nothing is left untranslated.");
  expect(imported.status).toBe(0);
  // The queries, which were registered in Norikra, and shorter waits.
  const written = readFileSync(place.path("hotaka.yaml"), "utf8");
  writeFileSync(place.path("hotaka.yaml"), `${written.replaceAll("      subject:", "      group_wait: 100ms\n      subject:")}${QUERIES}`);
  const validated = await place.run("validate");
  expect([validated.err, validated.status]).toEqual(["", 0]);

  const daemon = await place.startReady();
  for (const [host, count] of [
    ["203.0.113.7", 5],
    ["198.51.100.1", 1],
    ["203.0.113.8", 2],
  ] as const) {
    appendFileSync(log, accessLine({ timeMs: Date.now(), host, path: host === "203.0.113.8" ? "/admin" : "/" }).repeat(count));
  }
  await daemon.until(() => (sns.published.length >= 2 ? true : undefined));
  const told = new Map(sns.published.map(({ subject, message, topicArn }) => [subject, { message, topicArn }]));
  expect([...told.keys()].toSorted()).toEqual(["block_host", "detect_host"]);
  expect(told.get("block_host")).toMatchObject({ topicArn: expect.stringContaining(":attacks") });
  expect(told.get("block_host")?.message).toContain("blocked for norikra.query.block.flood");
  expect(told.get("block_host")?.message).toContain("203.0.113.7");
  expect(told.get("block_host")?.message).not.toContain("198.51.100.1");
  expect(told.get("detect_host")?.message).toContain("looked at for norikra.query.detect.admin");
  expect(daemon.err).not.toContain("no route takes");
});

test("what is there is not written over, and what is missing is said with its line", async () => {
  place.write("a.conf", "<source>\n  @type snmp\n</source>\n");
  place.write("hotaka.yaml", "mine");
  const over = await place.run("import", "fluentd", "a.conf", "-o", "hotaka.yaml");
  expect([over.status, readFileSync(place.path("hotaka.yaml"), "utf8")]).toEqual([2, "mine"]);
  expect(over.err).toContain("hotaka.yaml is there already");
  const shown = await place.run("import", "fluentd", "a.conf");
  expect(shown.status).toBe(1);
  expect(shown.out).toContain("data_dir: ./data");
  expect(shown.err).toContain("  a.conf:1  a source of type snmp has no counterpart");
  const broken = await place.run("import", "fluentd", "none.conf");
  expect([broken.status, broken.err.trim()]).toEqual([1, "HOTAKA_IMPORT_INVALID  none.conf could not be read: there is no such file."]);
});

const LOOPBACK = `
server: { listen: 127.0.0.1:0 }
rpc: { listen: off }
`;

const QUERIES = `${LOOPBACK}
queries:
  - { name: block.flood, sql: "SELECT host, count(*) AS hits FROM access.win:length_batch(5) WHERE path = '/' GROUP BY host HAVING count(*) >= 5" }
  - { name: detect.admin, sql: "SELECT host FROM access WHERE path = '/admin'" }
`;

/** The configuration of the example, with the paths, the programs and the SNS of this test. */
function configuration(log: string): string {
  const parts = ["td-agent.conf", "conf.d/blocking.conf"].map((name) => readFileSync(`examples/fluentd/${name}`, "utf8"));
  const changes = [
    ["@include conf.d/*.conf", ""],
    ["/var/log/httpd/access_log", log],
    ["/var/log/td-agent/httpd-access.pos", place.path("access.pos")],
    ["/usr/bin/ruby /etc/td-agent/block.rb", `"${process.execPath}" answer.js blocked`],
    ["/usr/bin/ruby /etc/td-agent/detect.rb", `"${process.execPath}" answer.js 'looked at'`],
    ["  sns_region ap-northeast-1", `  sns_region ap-northeast-1\n  sns_endpoint ${sns.url}`],
  ] as const;
  let text = parts.join("");
  for (const [written, changed] of changes) {
    // A place that was missed would have this test speak to AWS.
    expect(text).toContain(written);
    text = text.replaceAll(written, changed);
  }
  return text;
}
