import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mmdbOf, type MmdbOptions } from "../../../test/suites/mmdb_writer.ts";
import { HotakaError, parseAddress } from "../../kit/index.ts";
import { MmdbFile } from "./mmdb_file.ts";

const BERLIN = { country: { iso_code: "DE" }, location: { latitude: 52.5, accuracy_radius: 20 }, is_test: true, list: ["a", { b: "c" }] };
const NETWORKS = {
  "192.0.2.0/24": BERLIN,
  "198.51.100.128/25": { country: { iso_code: "FR" } },
  "2001:db8::/32": { country: { iso_code: "DE" } },
};

async function lookUp(file: MmdbFile, address: string, ...path: (string | number)[]): Promise<unknown> {
  const record = file.recordOf(parseAddress(address)!);
  return record === undefined
    ? undefined
    : file.find(
        record,
        path.map((step) => (typeof step === "number" ? step : Buffer.from(step))),
      );
}

describe.each([24, 28, 32] as const)("records of %i bits", (recordBits) => {
  test.each([
    ["192.0.2.77", "DE"],
    ["::ffff:192.0.2.77", "DE"],
    ["198.51.100.128", "FR"],
    ["198.51.100.127", undefined],
    ["10.0.0.1", undefined],
    ["2001:db8:1::5", "DE"],
    ["2001:db9::", undefined],
  ])("%s is in %s", async (address, country) => {
    expect(await lookUp(await MmdbFile.open(mmdbOf(NETWORKS, { recordBits })), address, "country", "iso_code")).toBe(country);
  });
});

test("values of each kind are found by their steps, and what is none is not", async () => {
  const file = await MmdbFile.open(mmdbOf(NETWORKS));
  const found = async (...path: (string | number)[]) => lookUp(file, "192.0.2.1", ...path);
  expect(await found("location", "latitude")).toBe(52.5);
  expect(await found("location", "accuracy_radius")).toBe(20);
  expect(await found("is_test")).toBe(true);
  expect(await found("list", 1, "b")).toBe("c");
  for (const path of [["none"], ["list", 2], ["list", "b"], ["country", 0], ["country"], ["is_test", "x"], ["__proto__"]]) {
    expect(await found(...path)).toBeUndefined();
  }
  expect([file.type, file.builtMs]).toEqual(["Test-City", 1_763_632_800_000]);
});

test("a file of IPv4 knows nothing of IPv6", async () => {
  const file = await MmdbFile.open(mmdbOf({ "192.0.2.0/24": BERLIN }, { isIpv6: false }));
  expect(await lookUp(file, "192.0.2.1", "country", "iso_code")).toBe("DE");
  expect(file.recordOf(parseAddress("2001:db8::1")!)).toBeUndefined();
});

test.each<[string, MmdbOptions]>([
  ["it is of version 3 of the format; 2 was wanted", { metadata: { binary_format_major_version: 3 } }],
  ["its records are of 25 bits; 24, 28 or 32 were wanted", { metadata: { record_size: 25 } }],
  ["it is of version 5 of IP; 4 or 6 was wanted", { metadata: { ip_version: 5 } }],
  ["it has many nodes; at least one was wanted", { metadata: { node_count: "many" } }],
  ["it has room for fewer than the 100000 nodes that it says it has", { metadata: { node_count: 100_000 } }],
])("%s", async (wrong, options) => {
  await expect(MmdbFile.open(mmdbOf(NETWORKS, options))).rejects.toMatchObject({
    code: "HOTAKA_GEO_DATABASE",
    message: `it is damaged: ${wrong}`,
  });
});

test("a tree that leads back to itself, or names a record between tree and values, is refused", async () => {
  const [back, between] = [mmdbOf(NETWORKS, { recordBits: 24 }), mmdbOf(NETWORKS, { recordBits: 24 })];
  back.writeUIntBE(0, 6, 3);
  await expect(MmdbFile.open(back)).rejects.toThrow("it is damaged: its tree leads from node 1 back to node 0");
  const nodes = back.indexOf(Buffer.alloc(16), 6) / 6;
  between.writeUIntBE(Math.ceil(nodes) + 5, 3, 3);
  await expect(MmdbFile.open(between)).rejects.toThrow("outside of the file");
});

test.each([
  ["an empty file", Buffer.alloc(0)],
  ["a page of HTML", Buffer.from("<html>".repeat(1000))],
  ["half a file", mmdbOf(NETWORKS).subarray(0, 500)],
])("%s is no database", async (_, bytes) => {
  await expect(MmdbFile.open(bytes)).rejects.toMatchObject({ code: "HOTAKA_GEO_DATABASE" });
});

test("a file that is damaged anywhere is refused, or answers every question without a failure", async () => {
  const whole = mmdbOf(NETWORKS);
  let [refused, answered] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of changes) bytes[at] = byte;
      const file = await MmdbFile.open(bytes).catch((thrown: unknown) => {
        if (!(thrown instanceof HotakaError)) throw thrown;
        refused++;
      });
      if (file === undefined) return;
      answered++;
      for (const address of ["192.0.2.1", "198.51.100.200", "2001:db8::1", "0.0.0.0", "ffff::"]) {
        for (const path of [
          ["country", "iso_code"],
          ["location", "latitude"],
          ["list", 1, "b"],
        ])
          await lookUp(file, address, ...path);
      }
    }),
    { numRuns: 1000 },
  );
  expect([refused, answered].every((count) => count > 10)).toBe(true);
});

const CORPUS = join(import.meta.dirname, "../../../../shared/corpus/geoip");

describe.skipIf(!existsSync(CORPUS))("files of MaxMind's own tests", () => {
  const open = async (name: string): Promise<MmdbFile> => MmdbFile.open(readFileSync(join(CORPUS, `${name}.mmdb`)));

  test("City, Country and ASN are read", async () => {
    const city = await open("GeoLite2-City-Test");
    expect(await lookUp(city, "81.2.69.142", "city", "names", "en")).toBe("London");
    expect(await lookUp(city, "81.2.69.142", "location", "latitude")).toBe(51.5142);
    expect(await lookUp(await open("GeoLite2-Country-Test"), "2001:218::1", "country", "iso_code")).toBe("JP");
    expect(await lookUp(await open("GeoLite2-ASN-Test"), "1.128.0.5", "autonomous_system_number")).toBe(1221);
  });

  test("every type of value is read", async () => {
    const file = await open("MaxMind-DB-test-decoder");
    const found = async (...path: (string | number)[]) => lookUp(file, "1.1.1.0", ...path);
    expect(await found("double")).toBe(42.123_456);
    expect(await found("float")).toBeCloseTo(1.1);
    expect(await found("int32")).toBe(-268_435_456);
    expect(await found("uint64")).toBe(1_152_921_504_606_846_976n);
    expect(await found("uint128")).toBe(1_329_227_995_784_915_872_903_807_060_280_344_576n);
    expect(await found("bytes")).toEqual(Buffer.from([0, 0, 0, 42]));
    expect(await found("boolean")).toBe(true);
    expect(await found("utf8_string")).toBe("unicode! ☯ - ♫");
    expect(await found("map", "mapX", "arrayX", 2)).toBe(9);
  });

  test.each([
    "MaxMind-DB-test-ipv4-28",
    "MaxMind-DB-test-ipv6-32",
    "MaxMind-DB-test-mixed-24",
    "MaxMind-DB-test-nested",
    "MaxMind-DB-no-ipv4-search-tree",
  ])("%s is whole", async (name) => {
    const file = await open(name);
    expect(() => [file.recordOf(parseAddress("1.1.1.1")!), file.recordOf(parseAddress("::1:ffff:ffff")!)]).not.toThrow(RangeError);
  });

  test.each([
    ["GeoIP2-City-Test-Broken-Double-Format", "is of type 3 and has 5 bytes"],
    ["GeoIP2-City-Test-Invalid-Node-Count", "nodes that it says it has"],
    ["MaxMind-DB-test-broken-pointers-24", "outside"],
    ["MaxMind-DB-test-broken-search-tree-24", "its tree leads from node 0 back to node 0"],
  ])("%s is refused", async (name, wrong) => {
    await expect(open(name)).rejects.toThrow(wrong);
  });
});
