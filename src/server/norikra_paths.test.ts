import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openApi } from "../../test/suites/open_api.ts";

const NOW_MS = 1_800_000_000_000;

let api: Awaited<ReturnType<typeof openApi>>;

beforeEach(async () => {
  api = await openApi(NOW_MS);
});

afterEach(async () => api.close());

describe("Norikra's own paths", () => {
  test("answer in its shapes, with arguments by name or by position, also in the body of a GET", async () => {
    expect(await api.ask("POST", "/api/open", { body: { target: "www", fields: { a: "string" }, auto_field: true } })).toMatchObject({
      status: 200,
      json: { result: true },
    });
    expect((await api.ask("POST", "/api/open", { body: ["lazy"] })).json).toEqual({ result: true });
    // An absent auto_field is nil, which is false.
    expect((await api.ask("GET", "/api/targets")).json).toEqual([
      { name: "www", auto_field: true },
      { name: "lazy", auto_field: false },
    ]);
    expect((await api.ask("GET", "/api/fields", { body: { target: "www" } })).json).toEqual([
      { name: "a", type: "string", optional: false, nullable: false },
    ]);
    expect((await api.ask("POST", "/api/reserve", { body: { target: "www", fieldname: "b", type: "float" } })).json).toEqual({
      result: true,
    });
    expect((await api.ask("POST", "/api/modify", { body: { target: "www", auto_field: false } })).json).toEqual({ result: false });
    expect((await api.ask("POST", "/api/register", { body: { query_name: "q", expression: "select a from www" } })).json).toEqual({
      result: true,
    });
    expect((await api.ask("GET", "/api/queries")).json).toEqual([
      { name: "q", group: null, expression: "select a from www", targets: ["www"], suspended: false },
    ]);
    api.services.catalog.standing.set("q", { ...api.services.catalog.standing.get("q")!, columns: [{ name: "f", type: "double" }] });
    api.services.catalog.rows.set("q", [{ timeMs: 1_999, row: { f: 2, i: 2 } }]);
    expect((await api.ask("GET", "/api/see", { body: { query_name: "q" } })).text).toBe('[[1,{"f":2.0,"i":2}]]');
    expect((await api.ask("POST", "/api/sweep", { body: {} })).text).toBe('{"q":[[1,{"f":2.0,"i":2}]]}');
    expect((await api.ask("POST", "/api/event", { body: { query_name: "q" } })).json).toEqual([]);
    expect((await api.ask("POST", "/api/send", { body: { target: "www", events: [{ a: 1 }] } })).json).toEqual({ result: false });
    expect(api.services.events.sent[0]?.bytes.toString("hex")).toBe("9181a16101");
    expect((await api.ask("GET", "/api/logs")).json).toEqual([["2026-11-20 10:00:00 +0000", "warn", "a line"]]);
    expect((await api.ask("POST", "/api/deregister", { body: { query_name: "q" } })).json).toEqual({ result: true });
    expect((await api.ask("POST", "/api/close", { body: { target: "www" } })).json).toEqual({ result: true });
    expect((await api.ask("GET", "/api/engine_statistics")).json).toMatchObject({
      input_events: 3,
      processed_events: 2,
      output_events: 1,
      uptime: "0 days, 00:00",
    });
  });

  test.each([
    ["/api/open", { target: "9www" }, 400, "invalid target name"],
    ["/api/open", "not an object", 400, "target must be a string"],
    [
      "/api/reserve",
      { target: "nowhere", fieldname: "a", type: "string" },
      500,
      "HOTAKA_TARGET_NOT_FOUND, target name 'nowhere' not found",
    ],
  ])("%s of %j is %i: %s", async (path, body, status, message) => {
    expect(await api.ask("POST", path, { body })).toMatchObject({ status, json: { error: "Norikra::QueryError", message } });
  });

  test("a body that is no JSON means that all arguments are nil, as there", async () => {
    expect(await api.ask("POST", "/api/open", { raw: Buffer.from("{") })).toMatchObject({
      status: 400,
      json: { message: "target must be a string" },
    });
  });

  test("there is neither suspend nor resume", async () => {
    expect((await api.ask("POST", "/api/suspend", { body: {} })).status).toBe(404);
  });
});
