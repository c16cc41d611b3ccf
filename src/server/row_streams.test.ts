import { once } from "node:events";
import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { openApi } from "../../test/suites/open_api.ts";
import { batchOf, Schema } from "../event/index.ts";

const NOW_MS = 1_800_000_000_000;

let api: Awaited<ReturnType<typeof openApi>>;

beforeEach(async () => {
  api = await openApi(NOW_MS);
});

afterEach(async () => api.close());

describe("rows as they come", () => {
  function publish(query: string, group: string | undefined, ...values: number[]): void {
    api.server.rows.publish({ query, group, timeMs: 5, rows: values.map((a) => ({ a })) });
  }

  /** Reads server-sent events until `count` of them have come. */
  function listen(
    path: string,
    count: number,
    { headers = {}, begun = () => {} }: { headers?: Record<string, string>; begun?: () => void } = {},
  ): Promise<string[]> {
    return new Promise((resolve, reject) => {
      let text = "";
      const asked = request(`${api.server.url}${path}`, { headers }, (answer) => {
        answer.once("data", begun);
        answer.on("data", (chunk: Buffer) => {
          text += chunk.toString();
          const events = text.split("\n\n").filter((event) => event.includes("data: "));
          if (events.length < count) return;
          asked.destroy();
          resolve(events);
        });
      });
      asked.on("error", (thrown) => {
        if (!asked.destroyed) reject(thrown);
      });
      asked.end();
    });
  }

  test("of a query, and of no other", async () => {
    const heard = listen("/v1/queries/q/stream", 2, {
      begun: () => {
        publish("other", undefined, 7);
        publish("q", "g", 1, 2);
      },
    });
    const number = NOW_MS * 1024;
    expect(await heard).toEqual([
      `id: ${number + 2}\nevent: row\ndata: {"number":${number + 2},"query":"q","group":"g","time_ms":5,"row":{"a":1}}`,
      `id: ${number + 3}\nevent: row\ndata: {"number":${number + 3},"query":"q","group":"g","time_ms":5,"row":{"a":2}}`,
    ]);
  });

  test("go on behind the last that was heard, by number or by Last-Event-ID", async () => {
    publish("q", undefined, 1, 2, 3);
    const first = NOW_MS * 1024 + 1;
    const values = (events: readonly string[]): string[] => events.map((event) => /"a":(\d)/.exec(event)?.[1] ?? event);
    expect(values(await listen(`/v1/queries/q/stream?after=${first}`, 2))).toEqual(["2", "3"]);
    expect(values(await listen("/v1/groups/default/stream", 1, { headers: { "last-event-id": String(first + 1) } }))).toEqual(["3"]);
  });

  test("say so when rows were lost between", async () => {
    publish("q", undefined, ...Array.from({ length: 1500 }, (_, index) => index));
    const first = NOW_MS * 1024 + 1;
    const [gap = "", row = ""] = await listen(`/v1/queries/q/stream?after=${first}`, 2);
    expect(gap).toContain(`event: gap\ndata: {"after":${first},"number":${first + 500}}`);
    expect(row).toContain('"a":500');
    // A number of before the restart: what came since then is not known.
    expect((await listen("/v1/queries/other/stream?after=1000", 1))[0]).toContain("event: gap");
  });

  test("come over a WebSocket as well", async () => {
    const socket = new WebSocket(`${api.server.url.replace("http", "ws")}/v1/groups/g/stream`);
    await once(socket, "open");
    const message = once(socket, "message");
    publish("q", "g", 1);
    const [data] = (await message) as [Buffer];
    expect(JSON.parse(data.toString())).toMatchObject({ query: "q", group: "g", row: { a: 1 } });
    const closed = once(socket, "close");
    await api.server.close();
    expect((await closed)[0]).toBe(1001);
  });

  test.each([
    ["/v1/groups/g/stream", { origin: "https://evil.example" }, 403],
    ["/v1/groups/g/stream", { authorization: "Bearer x" }, 401],
    ["/v1/nothing", {}, 404],
    ["/v1/groups/g/stream?after=x", {}, 400],
  ])("a WebSocket to %s with %j is refused with %i", async (path, headers, status) => {
    const socket = new WebSocket(`${api.server.url.replace("http", "ws")}${path}`, { headers: headers as Record<string, string> });
    const [thrown] = (await once(socket, "error")) as [Error];
    expect(thrown.message).toContain(String(status));
  });

  test("of events of a target are a sample, so many a second, with the number of those left out", async () => {
    const records = ["/a", "/b", null, "/d"].map((path) => ({ path }));
    const batch = batchOf(
      new Schema("www", { path: "string" }),
      records,
      [0, 1, 2, 3].map((ms) => NOW_MS + ms),
    );
    await api.ask("PUT", "/v1/targets/www", { body: { fields: { path: "string" } } });
    const heard = listen("/v1/targets/www/stream?per_second=2", 4, {
      begun: () => {
        api.services.catalog.taps.get("www")?.take(batch);
        api.clock.advanceTo(NOW_MS + 1000);
        api.services.catalog.taps.get("www")?.take(batch);
      },
    });
    expect((await heard).map((event) => event.replace(/^.*?data: /s, ""))).toEqual([
      `{"events":2}`,
      `{"time_ms":${NOW_MS},"event":{"path":"/a"}}`,
      `{"time_ms":${NOW_MS + 2},"event":{}}`,
      `{"events":2}`,
    ]);
    const ended = await listen("/v1/targets/www/stream", 1, { begun: () => api.services.catalog.taps.get("www")?.closed() });
    expect(ended[0]).toContain("event: closed");
    expect(await api.ask("GET", "/v1/targets/other/stream")).toMatchObject({ status: 404, json: { code: "HOTAKA_TARGET_NOT_FOUND" } });
    expect((await api.ask("GET", "/v1/targets/www/stream?per_second=0")).status).toBe(400);
  });

  test.each(["/v1/queries/q/stream?after=x", "/v1/queries/q/stream?after=99999999999999999"])("%s is refused", async (path) => {
    expect((await api.ask("GET", path)).status).toBe(400);
  });
});
