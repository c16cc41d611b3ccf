import { existsSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Place } from "./hotaka.ts";

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(async () => {
  await place.remove();
});

// Another release of Node has other needs; and only Linux tells what a process had in use at most.
test.runIf(existsSync("/proc/self/status") && process.versions.node.startsWith("20."))(
  "a daemon has less than 135 MB in use while it starts",
  async () => {
    const source = "tail: { path: access.log, format: combined, target: access }";
    const query = "SELECT host, count(*) AS n FROM access.win:time_batch(1 min) GROUP BY host";
    place.write("access.log", "");
    place.write("hotaka.yaml", `server: { listen: 127.0.0.1:0 }\nsources:\n  - ${source}\nqueries:\n  - { name: q, sql: "${query}" }\n`);
    const { pid } = await place.startReady("--data-dir", "data");
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    expect(Number(peak) * 1024).toBeLessThan(135e6);
  },
);
