import { appendFileSync, renameSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askDaemon, controlPathOf } from "../../src/server/index.ts";
import { mmdbOf } from "../suites/mmdb_writer.ts";
import { Place } from "./hotaka.ts";

let place: Place;
beforeEach(() => void (place = new Place()));
afterEach(async () => place.remove());

test("events get places from a database that is replaced while the daemon runs, and a broken one stops it at start", async () => {
  place.write("city.mmdb", mmdbOf({ "192.0.2.0/24": { country: { iso_code: "DE" } } }));
  place.write("app.log", '{"host":"192.0.2.1"}\n{"host":"10.0.0.1"}\n');
  place.write("hotaka.yaml", SETTINGS);
  const daemon = await place.startReady();
  await daemon.until(async () => ((await rows()).length >= 2 ? true : undefined));
  place.write("next", mmdbOf({ "192.0.2.0/24": { country: { iso_code: "AT" } } }));
  renameSync(place.path("next"), place.path("city.mmdb"));
  await daemon.until(() => ((daemon.out + daemon.err).includes("city.mmdb was replaced") ? true : undefined));
  appendFileSync(place.path("app.log"), '{"host":"192.0.2.1"}\n');
  await daemon.until(async () => ((await rows()).length >= 3 ? true : undefined));
  expect(await rows()).toEqual([
    { host: "192.0.2.1", country_code: "DE" },
    { host: "10.0.0.1", country_code: null },
    { host: "192.0.2.1", country_code: "AT" },
  ]);
  daemon.kill("SIGTERM");
  await daemon.ended;
  place.write("city.mmdb", "no database");
  const { status, err } = await place.run("run");
  expect(status).toBe(1);
  expect(err).toContain("HOTAKA_GEO_DATABASE  filters[0] (geo): the database city.mmdb cannot be used: it is damaged");
});

async function rows(): Promise<unknown[]> {
  const answer = await askDaemon(controlPathOf(place.path("data")), "GET", "/v1/queries/places/rows");
  return answer.objects("rows").map((row) => Reflect.get(row.json, "row") as unknown);
}

const SETTINGS = `data_dir: data
server: { listen: 127.0.0.1:0 }
rpc: { listen: off }
sources:
  - tail: { path: app.log, from: start, format: json, tag: app, poll_interval: 10ms }
filters:
  - match: app
    geo: { database: city.mmdb, reload_interval: 1s }
queries:
  - { name: places, sql: "SELECT host, country_code FROM app" }
`;
