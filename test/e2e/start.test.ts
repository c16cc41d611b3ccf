import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Place } from "./hotaka.ts";

let place: Place;
let ports: readonly string[];

beforeEach(async () => {
  place = new Place();
  ports = ["--port", await freePort(), "--ui-port", await freePort(), "--data-dir", place.path("data")];
});

afterEach(async () => {
  await place.run("stop", "-p", place.path("data/hotaka.pid"));
  await place.remove();
});

/** A port that nobody has now. */
async function freePort(): Promise<string> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return String(typeof address === "object" ? address?.port : 0);
}

const STATS = {
  targets: [{ name: "www", fields: { path: { name: "path", type: "string", optional: false, nullable: false } }, auto_field: true }],
  queries: [{ name: "q1", group: null, expression: "select path from www" }],
};

function queriesIn(file: string): string[] {
  const { queries } = JSON.parse(readFileSync(place.path(file), "utf8")) as typeof STATS;
  return queries.map(({ name, expression }) => `${name}: ${expression}`);
}

test("a daemon starts in the background with the file of a Norikra, keeps it up to date, and is stopped", async () => {
  place.write("stats.json", JSON.stringify({ threads: {}, log: {}, ...STATS }));
  const words = ["start", "--stats", "stats.json", "--stats-secondary", "stats.%Y.json", "-l", "log", "--daemonize", ...ports];
  const asked = ["--data-dir", "data"];
  expect(await place.run(...words)).toMatchObject({ status: 0, err: "" });
  const pid = Number(readFileSync(place.path("data/hotaka.pid"), "utf8"));
  expect((await place.run("query", "list", "-s", ...asked)).out).toBe("q1\tdefault\twww\tfalse\tselect path from www\n");
  await place.run("query", "add", "q2", "select path as p from www", ...asked);

  expect((await place.run("stats", "import", "stats.json", ...asked)).out).toBe("target www was there\nquery q1 was there\n2 in all.\n");

  const second = await place.run(...words);
  expect(second).toMatchObject({ status: 1, err: expect.stringContaining("is held by another daemon") });
  expect(Number(readFileSync(place.path("data/hotaka.pid"), "utf8"))).toBe(pid);

  expect(await place.run("stop", "-p", "data/hotaka.pid", "--timeout", "60")).toMatchObject({ status: 0, err: "" });
  expect(existsSync(place.path("data/hotaka.pid"))).toBe(false);
  expect(queriesIn("stats.json")).toEqual(["q1: select path from www", "q2: select path as p from www"]);
  expect(queriesIn(`stats.${new Date(Date.parse(lastLogTime())).getFullYear()}.json`)).toHaveLength(2);
  expect(await place.run("stop", "-p", "data/hotaka.pid")).toMatchObject({
    status: 1,
    err: expect.stringContaining("there is no such file"),
  });

  // Somebody edits the file, and removes nothing by what it does not name.
  place.write("stats.json", JSON.stringify({ ...STATS, queries: [{ ...STATS.queries[0], expression: "select path as q from www" }] }));
  await place.run(...words);
  expect((await place.run("query", "list", "-s", ...asked)).out).toBe(
    "q1\tdefault\twww\tfalse\tselect path as q from www\nq2\tdefault\twww\tfalse\tselect path as p from www\n",
  );
});

function lastLogTime(): string {
  const line = readFileSync(place.path("log/hotaka.log"), "utf8").trim().split("\n").at(-1) ?? "";
  const parsed = JSON.parse(line) as { readonly time: string; readonly msg: string };
  expect(parsed.msg).toBe("stopped: positions are written.");
  return parsed.time;
}

test("a file that cannot be taken up keeps the daemon from starting, with nothing changed", async () => {
  place.write("stats.json", JSON.stringify({ ...STATS, queries: [...STATS.queries, { name: "bad", expression: "select" }] }));
  const ended = await place.run("start", "--stats", "stats.json", "-l", "log", "-d", ...ports);
  expect(ended).toMatchObject({ status: 1, err: expect.stringContaining('HOTAKA_STATS_INVALID  Nothing was imported. query "bad"') });
  expect(existsSync(place.path("data/hotaka.pid"))).toBe(false);
});

test("stop leaves alone what is no daemon of ours", async () => {
  place.write("other.pid", `${process.pid}\n`);
  expect(await place.run("stop", "-p", "other.pid")).toMatchObject({ status: 1, err: expect.stringContaining("is no daemon of ours") });
  place.write("other.pid", "not a number");
  expect(await place.run("stop", "-p", "other.pid")).toMatchObject({ status: 1, err: expect.stringContaining("holds no number") });
});

test("in the foreground it writes its log to the standard error, and the file at SIGUSR2", async () => {
  const running = place.start("start", "--stats", "stats.json", ...ports, "--pidfile", "here.pid");
  await running.ready(place.path("data"));
  await running.until(() => (existsSync(place.path("here.pid")) ? true : undefined));
  await place.run("target", "open", "www", "path:string", "--data-dir", "data");
  running.kill("SIGUSR2");
  await running.until(() => (existsSync(place.path("stats.json")) ? true : undefined));
  expect(readFileSync(place.path("stats.json"), "utf8")).toContain('"name": "www"');
  running.kill("SIGTERM");
  expect(await running.ended).toMatchObject({ status: 0, err: expect.stringContaining("stopped: positions are written.") });
  expect(existsSync(place.path("here.pid"))).toBe(false);
});

test("a daemon that was killed does not hide another that runs here", async () => {
  const killed = place.start("start", ...ports.slice(0, 4));
  await killed.ready(place.path("data/start"));
  killed.kill("SIGKILL");
  await killed.ended;
  const running = place.start("run", "--log", place.write("a.log", ""), "--listen", "127.0.0.1:0");
  await running.ready(place.path("data/log"));
  expect(await place.run("query", "add", "q", "select host from access")).toMatchObject({ status: 0, out: "" });
  expect((await place.run("query", "list", "-s")).out).toContain("q\tdefault\taccess\tfalse\tselect host from access\n");
});

test("tap shows the events of a target and the rows of a query, and top what the queries do", async () => {
  const running = place.start("start", ...ports);
  await running.ready(place.path("data"));
  const asked = ["--data-dir", "data"];
  await place.run("query", "add", "paths", "select path from www", ...asked);
  await place.run("query", "add", "counts", "select path, count(*) from www.win:time_batch(1 min) group by path", ...asked);
  await place.run("event", "send", "www", place.write("first", '{"path":"/","n":0}\n'), ...asked);
  const taps = [place.start("tap", "www", "-n", "1", ...asked), place.start("tap", "paths", "-n", "1", ...asked)];
  const file = place.write("events", '{"path":"/a","n":1}\n');
  // Nobody is told when a tap listens, so events are sent until both have seen one.
  await running.until(async () => {
    await place.run("event", "send", "www", file, ...asked);
    return taps.every(({ hasEnded }) => hasEnded) ? true : undefined;
  });
  const [events, rows] = await Promise.all(taps.map(async ({ ended }) => (await ended).out));
  expect(events).toMatch(/^\{"time_ms":\d{13},"event":\{"path":"\/a","n":1\}\}\n$/);
  expect(rows).toMatch(/^\{"number":\d+,"query":"paths",.*"row":\{"path":"\/a"\}\}\n$/);
  expect(await place.run("tap", "nowhere", ...asked)).toMatchObject({
    status: 1,
    err: expect.stringContaining('HOTAKA_TARGET_NOT_FOUND  There is no target "nowhere"'),
  });
  const top = await place.run("top", "-i", "0.1", "--sort", "groups", ...asked);
  expect(top.out.split("\n").map((line) => line.split(/ {2,}/).slice(0, 2))).toMatchObject({
    2: ["QUERY", "STATE"],
    3: ["counts", "running"],
    4: ["paths", "running"],
  });
});
