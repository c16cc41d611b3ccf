import { appendFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Place } from "./hotaka.ts";
import { accessLine } from "./lines.ts";

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(async () => {
  await place.remove();
});

const SETTINGS = `server: { listen: 127.0.0.1:0 }
checkpoint_every: 100ms
sources:
  - tail: { path: access.log, format: combined, target: access, poll_interval: 10ms }
queries:
  - { name: block.failures, sql: "SELECT host, code AS status FROM access WHERE code = 401" }
  - { name: detect.admin, sql: "SELECT host FROM access WHERE path = '/admin'" }
  - name: again
    sql: SELECT host, count(*) AS blocks FROM \`access.blocked\`.win:time(1 day) WHERE status = 'blocked' GROUP BY host
actions:
  - { match: "{block.failures,access.**}", block: { for: 1h } }
  - { match: detect.**, block: { mode: detect } }
  - match: "access.{blocked,detected}"
    log: { template: "\${query} \${host}: \${status}, \${enforcement}, \${row_status}, \${undo}" }
  - { match: again, log: { template: "\${host} blocked \${blocks} times" } }
enforcers:
  - table: {}
`;

test("every decision comes back as an event with its row and what became of it, to actions and to SQL, there once also after a kill", async () => {
  place.write("access.log", "");
  place.write("hotaka.yaml", SETTINGS);
  const first = await place.startReady();
  append({ code: 401 });
  append({ host: "203.0.113.8", path: "/admin" });
  const told = [
    "blocked 1 times",
    "block.failures 203.0.113.7: blocked, enforced, 401, hotaka unblock 203.0.113.7",
    "detect.admin 203.0.113.8: detected, none",
  ];
  await first.until(async () => (told.every((text) => first.err.includes(text)) ? true : undefined));
  first.kill("SIGKILL");
  await first.ended;

  const second = await place.startReady();
  append({ code: 401 });
  await second.until(async () => (second.err.includes("203.0.113.7 blocked 2 times") ? true : undefined));
  // The block action fits their name too, and answers none of them.
  expect(second.err).not.toContain("because");
});

test("decisions that come back to the query that made them, by way of another, do not lead to more", async () => {
  place.write("access.log", "");
  place.write(
    "hotaka.yaml",
    `server: { listen: 127.0.0.1:0 }
sources:
  - tail: { path: access.log, format: combined, target: access, poll_interval: 10ms }
queries:
  - { name: block.failures, sql: "SELECT host FROM access WHERE code = 401" }
  - { name: relay, sql: "INSERT INTO repeats SELECT address FROM \`access.blocked\`" }
  - { name: block.repeats, sql: SELECT address AS host FROM repeats }
  - { name: seen, sql: SELECT address FROM repeats }
actions:
  - { match: block.**, block: { for: 1h } }
  - { match: access.blocked, log: { template: "decided: \${query} \${address}" } }
  - { match: seen, log: { template: "seen \${address}" } }
`,
  );
  const daemon = await place.startReady();
  append({ code: 401 });
  const told = ["decided: block.failures 203.0.113.7", "seen 203.0.113.7", "decided: block.repeats 203.0.113.7"];
  await daemon.until(async () => (told.every((text) => daemon.err.includes(text)) ? true : undefined));
  append({ host: "203.0.113.9", code: 401 });
  await daemon.until(async () => (daemon.err.includes("decided: block.repeats 203.0.113.9") ? true : undefined));
  expect(daemon.err.match(/decided: /g)).toHaveLength(4);
  expect(daemon.err.match(/seen /g)).toHaveLength(2);
});

function append(line: { readonly host?: string; readonly code?: number; readonly path?: string }): void {
  appendFileSync(place.path("access.log"), accessLine({ timeMs: Date.now(), ...line }));
}
