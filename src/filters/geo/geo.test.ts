import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { filterSuite, filtered } from "../../../test/suites/filter_suite.ts";
import { mmdbOf } from "../../../test/suites/mmdb_writer.ts";
import type { FilterContext } from "../../component/index.ts";
import { Counters, Steps, VirtualClock } from "../../kit/index.ts";
import { geo } from "./geo.ts";
import type { MmdbFile } from "./mmdb_file.ts";
import { type Places } from "./places.ts";

const CITY = {
  "192.0.2.0/24": {
    country: { iso_code: "DE", names: { en: "Germany", de: "Deutschland" } },
    city: { names: { en: "Munich", de: "München" } },
    subdivisions: [{ iso_code: "BY", names: { en: "Bavaria" } }],
    location: { latitude: 48.15, longitude: 11.5, accuracy_radius: 20, time_zone: "Europe/Berlin" },
  },
  "198.51.100.0/24": { country: { iso_code: "JP", names: { en: "Japan" } } },
};
const ASN = { "192.0.2.0/25": { autonomous_system_number: 64_500, autonomous_system_organization: "Example Net" } };

let folder: string;
let clock: VirtualClock;
let said: string[];
let context: FilterContext;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-geo-"));
  writeFileSync(join(folder, "city.mmdb"), mmdbOf(CITY, { type: "GeoLite2-City" }));
  writeFileSync(join(folder, "asn.mmdb"), mmdbOf(ASN, { type: "GeoLite2-ASN", recordBits: 24 }));
  clock = new VirtualClock(0);
  said = [];
  const say = (level: string) => (sentence: string) => void said.push(`${level}: ${sentence}`);
  const log = { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  context = { name: "filters[0] (geo)", folder, clock, steps: new Steps(clock), log, counters: new Counters() };
});
afterEach(async () => {
  await context.steps.stop();
  rmSync(folder, { recursive: true });
});

async function open(settings: object): Promise<Places> {
  return geo.open!(geo.config(z).parse(settings), context);
}

describe("filter geo", () => {
  filterSuite(geo);

  const events = [
    { host: "192.0.2.7", n: 0 },
    { host: "192.0.2.200" },
    { host: "198.51.100.1" },
    { host: "10.0.0.1" },
    { host: "nobody" },
    { n: 5 },
  ];

  test("adds what the databases know, each the fields that it has, and null where they know nothing", async () => {
    const settings = {
      database: ["city.mmdb", "asn.mmdb"],
      fields: [
        "country_code",
        "country",
        "city",
        "region_code",
        "region",
        "latitude",
        "longitude",
        "accuracy_radius",
        "time_zone",
        "asn",
        "as_org",
      ],
    };
    const through = filtered(geo, settings, events, await open(settings));
    expect(through).toEqual([
      {
        host: "192.0.2.7",
        n: 0,
        country_code: "DE",
        country: "Germany",
        city: "Munich",
        region_code: "BY",
        region: "Bavaria",
        latitude: 48.15,
        longitude: 11.5,
        accuracy_radius: 20,
        time_zone: "Europe/Berlin",
        asn: 64_500,
        as_org: "Example Net",
      },
      expect.not.objectContaining({ asn: 64_500 }),
      { host: "198.51.100.1", country_code: "JP", country: "Japan" },
      { host: "10.0.0.1" },
      { host: "nobody" },
      { n: 5 },
    ]);
  });

  test("an event has every field, null or not, so that queries which name one see all events", async () => {
    const settings = { database: "city.mmdb" };
    const places = await open(settings);
    expect([places.valueOf(0, "192.0.2.1"), places.valueOf(0, "10.0.0.1"), places.valueOf(0, undefined), places.valueOf(0, 7)]).toEqual([
      "DE",
      null,
      null,
      null,
    ]);
  });

  test("the field of the address, the names in events and the language are what the settings say", async () => {
    const settings = { database: "city.mmdb", address: "remote", fields: { place: "city", land: "country" }, language: "de" };
    const remote = [{ remote: "192.0.2.7" }, { remote: "198.51.100.1" }];
    expect(filtered(geo, settings, remote, await open(settings))).toEqual([
      { remote: "192.0.2.7", place: "München", land: "Deutschland" },
      { remote: "198.51.100.1" },
    ]);
  });

  test("an address is looked up once, as long as it is among those that are remembered", async () => {
    const places = await open({ database: "city.mmdb", fields: ["country_code", "city"], addresses_max: 100 });
    const lookUps = countLookUps(places);
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 20; n++) expect([places.valueOf(0, `192.0.2.${n}`), places.valueOf(1, `192.0.2.${n}`)]).toEqual(["DE", "Munich"]);
    }
    expect(lookUps()).toBe(20);
    for (let n = 0; n < 250; n++) places.valueOf(0, `10.0.0.${n}`);
    expect(lookUps()).toBe(270);
    places.valueOf(0, "192.0.2.1");
    expect(lookUps()).toBe(271);
  });

  test("a text that is far too long to be an address is none, and is not remembered", async () => {
    const places = await open({ database: "city.mmdb" });
    expect(places.valueOf(0, "1".repeat(1 << 20))).toBeNull();
    expect(places.valueOf(0, "192.0.2.1")).toBe("DE");
  });

  test("a database that is replaced is taken anew", async () => {
    const places = await open({ database: "city.mmdb" });
    expect(places.valueOf(0, "192.0.2.1")).toBe("DE");
    writeFileSync(join(folder, "new"), mmdbOf({ "192.0.2.0/24": { country: { iso_code: "AT" } } }, { type: "GeoLite2-City" }));
    renameSync(join(folder, "new"), join(folder, "city.mmdb"));
    await places.reload();
    expect(places.valueOf(0, "192.0.2.1")).toBe("AT");
    expect(said).toEqual(["info: filters[0] (geo): city.mmdb was replaced; GeoLite2-City of 2025-11-20 is used from now on."]);
  });

  test("one that is replaced by a broken one, or is not there for a moment, stays in force, and that is told once", async () => {
    const places = await open({ database: "city.mmdb" });
    writeFileSync(join(folder, "city.mmdb"), "half a file");
    await places.reload();
    await places.reload();
    rmSync(join(folder, "city.mmdb"));
    await places.reload();
    expect(places.valueOf(0, "192.0.2.1")).toBe("DE");
    expect(said).toEqual([
      "error: filters[0] (geo): the database city.mmdb cannot be used: it is damaged: there is no metadata at its end, so it is no MaxMind DB. Name a file of the MaxMind DB format, such as GeoLite2-City.mmdb. What was read before stays in force.",
    ]);
    expect(context.counters.read().find(({ name }) => name === "geo_databases_refused")?.value).toBe(1);
  });

  test("it is looked for another file by itself", async () => {
    const places = await open({ database: "city.mmdb", reload_interval: "10s" });
    writeFileSync(join(folder, "city.mmdb"), mmdbOf({ "192.0.2.0/24": { country: { iso_code: "CH" } } }));
    clock.advanceTo(10_000);
    await expect.poll(() => places.valueOf(0, "192.0.2.1")).toBe("CH");
  });

  test.each([
    [{ database: "none.mmdb" }, /the database none\.mmdb cannot be used: ENOENT/],
    [{ database: "city.mmdb", database_bytes_max: "1KB" }, /it is larger than 1\.00 KB \(database_bytes_max\)/],
  ])("%j is refused at start", async (settings, wrong) => {
    await expect(open(settings)).rejects.toMatchObject({ code: "HOTAKA_GEO_DATABASE", message: expect.stringMatching(wrong) });
  });

  test.each([
    [{ database: "a", fields: ["planet"] }, "Invalid"],
    [{ database: "a", fields: {} }, "1 to 50 fields were wanted"],
    [{ database: [] }, "Too small"],
    [{ database: "a", language: "english!" }, "a language as en, de or zh-CN was wanted"],
  ])("%j is refused", (settings, wrong) => {
    expect(JSON.stringify(geo.config(z).safeParse(settings).error?.issues)).toContain(wrong);
  });
});

/** Counts how often the database is asked. */
function countLookUps(places: Places): () => number {
  let count = 0;
  const [file] = places.files;
  const ask = file!.recordOf.bind(file);
  (file as { recordOf: MmdbFile["recordOf"] }).recordOf = (address) => {
    count++;
    return ask(address);
  };
  return () => count;
}
