import { appendFileSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Place } from "./hotaka.ts";

let place: Place;
beforeEach(() => void (place = new Place()));
afterEach(async () => place.remove());

/** Looks up each host for a while, and dies now and then with what it has. */
const PROGRAM = `
const lines = require("node:readline").createInterface({ input: process.stdin });
let count = 0;
lines.on("line", (line) => {
  const { host, tag } = JSON.parse(line);
  if (++count === 40) process.exit(1);
  console.log(JSON.stringify({ host, about: tag, owner: "of " + host }));
});
`;
const HOSTS = 100;

test("rows go through a program that dies, in a daemon that is killed, and each comes back to queries and actions", async () => {
  place.write("lookup.js", PROGRAM);
  place.write("access.ltsv", "");
  place.write(
    "hotaka.yaml",
    `data_dir: data
server: { listen: 127.0.0.1:0 }
rpc: { listen: off }
checkpoint_every: 100ms
sources:
  - tail: { path: access.ltsv, from: start, format: { ltsv: { types: { host: string } } }, target: access, poll_interval: 10ms }
routes:
  - { match: looked.up, target: owners }
queries:
  - { name: seen, sql: SELECT host FROM access }
  - { name: found, sql: SELECT owner FROM owners }
actions:
  - match: seen
    exec_filter:
      run: [${JSON.stringify(process.execPath)}, lookup.js]
      in: { query_field: tag }
      tag: looked.up
      answers: each
      children: 2
      restart_wait_max: 100ms
  - match: looked.up
    log: { template: "told \${host} \${about} \${owner}" }
  - match: found
    log: { template: "query \${owner}" }
`,
  );
  const first = await place.startReady();
  write(0, HOSTS / 2);
  await first.until(() => (told(first.err).size > 5 ? true : undefined));
  first.kill("SIGKILL");
  const { err } = await first.ended;
  const second = await place.startReady();
  write(HOSTS / 2, HOSTS);
  await second.until(() => (told(err + second.err).size >= HOSTS && asked(err + second.err).size >= HOSTS ? true : undefined));
  const wanted = Array.from({ length: HOSTS }, (_, n) => `h${n}`).toSorted();
  expect([...told(err + second.err)].toSorted()).toEqual(wanted);
  expect([...asked(err + second.err)].toSorted()).toEqual(wanted);
  expect(err + second.err).toContain("it ended with status 1; it is started again");
  expect(readFileSync(place.path("access.ltsv"), "utf8").split("\n")).toHaveLength(HOSTS + 1);
});

function write(from: number, to: number): void {
  for (let n = from; n < to; n++) appendFileSync(place.path("access.ltsv"), `host:h${n}\n`);
}

function told(text: string): Set<string> {
  return new Set([...text.matchAll(/told (h\d+) seen of h\d+/g)].map(([, host]) => host!));
}

function asked(text: string): Set<string> {
  return new Set([...text.matchAll(/query of (h\d+)/g)].map(([, host]) => host!));
}

test("what a program puts out when the daemon stops is no less an event, and is answered at the next start", async () => {
  const counting = `let rows = 0; process.stdin.on("data", (piece) => (rows += String(piece).split("\\n").length - 1)).on("end", () => console.log(JSON.stringify({ rows })));`;
  place.write("count.js", counting);
  place.write("access.ltsv", "host:a\nhost:b\n");
  place.write(
    "hotaka.yaml",
    `data_dir: data
server: { listen: 127.0.0.1:0 }
rpc: { listen: off }
sources:
  - tail: { path: access.ltsv, from: start, format: ltsv, target: access, poll_interval: 10ms }
queries:
  - { name: seen, sql: SELECT host FROM access }
actions:
  - match: seen
    exec_filter: { run: [${JSON.stringify(process.execPath)}, count.js], tag: counted, settle_wait: 0s }
  - match: counted
    log: { template: "counted \${rows}" }
`,
  );
  const first = await place.startReady();
  await first.until(() => (first.err.split("wrote a row of seen").length > 2 ? true : undefined));
  first.kill("SIGTERM");
  const { err } = await first.ended;
  const second = await place.startReady();
  const counted = await second.until(() => /counted \d+/.exec(`${err}${second.err}`)?.[0]);
  expect(counted).toBe("counted 2");
});
