import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { filterSuite, filtered } from "../../../test/suites/filter_suite.ts";
import { record } from "./record.ts";

describe("filter record", () => {
  filterSuite(record);

  const event = { remote: "192.0.2.1", method: "GET", path: "/x", code: 200, password: "p" };

  test.each([
    [{ remove: ["password", "none"] }, { remote: "192.0.2.1", method: "GET", path: "/x", code: 200 }],
    [{ keep: ["code", "none"] }, { code: 200 }],
    [{ rename: { remote: "host", none: "path" }, keep: ["host", "path"] }, { host: "192.0.2.1" }],
    [{ rename: { method: "path", path: "method" }, keep: ["path", "method"] }, { method: "GET" }],
    [
      { set: { line: "${method} ${path} ${none}", site: "shop", n: 1, f: 0.5, ok: true }, keep: ["line", "site", "n", "f", "ok"] },
      { line: "GET /x -", site: "shop", n: 1, f: 0.5, ok: true },
    ],
    [{ set: { status: "${code}", missing: "${none}" }, keep: ["status", "missing"] }, { status: 200 }],
    [
      { set: { code: "${path}", path: "${code}" }, keep: ["code", "path"] },
      { code: "/x", path: 200 },
    ],
    [
      { set: { a: "${tag} ${tag_parts[0]} ${tag_parts[-1]} ${tag_parts[9]}", b: "$${x}" }, keep: ["a", "b"] },
      { a: "app.web app web -", b: "${x}" },
    ],
    [{ set: { at: "${hostname}" }, keep: ["at"] }, { at: hostname() }],
  ])("%j makes of an event %j", (settings, wanted) => {
    expect(filtered(record, settings, [event])).toEqual([wanted]);
  });

  test("prefers a field of the event to what is known of it otherwise", () => {
    expect(filtered(record, { set: { t: "${tag}" } }, [{ tag: "own" }])).toEqual([{ tag: "own", t: "own" }]);
  });

  test.each([
    [{}, "something in rename, set, remove or keep was wanted"],
    [{ set: { a: "${b" } }, "a } to close the last ${ was wanted"],
    [{ set: { a: "${}" } }, "the name of a field between"],
  ])("%j is refused", (settings, wrong) => {
    expect(JSON.stringify(record.config(z).safeParse(settings).error?.issues)).toContain(wrong);
  });
});
