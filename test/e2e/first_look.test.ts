import { afterEach, beforeEach, expect, test } from "vitest";
import { readJson, Place } from "./hotaka.ts";

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(async () => {
  await place.remove();
});

test("without settings, run shows what was read, found and blocked and where the API is, and goes on until Ctrl-C", async () => {
  const daemon = place.start("run", "--listen", "127.0.0.1:0");
  await daemon.until(() => (daemon.out.includes("Ctrl-C ends it") ? true : undefined));

  const order = ["Read", "2,775 requests", "Found", "203.0.113.7", "Blocked", "for 1h", "API", "http://127.0.0.1:", "npm start -- --log"];
  const places = order.map((word) => daemon.out.indexOf(word));
  expect(places).toEqual(places.toSorted((left, right) => left - right));
  expect(places).not.toContain(-1);
  expect(daemon.err).toBe("");

  const blocks = (await readJson(/http:\S+\/v1\/blocks/.exec(daemon.out)?.[0] ?? "")).objects("blocks");
  expect(blocks.map((block) => block.text("cidr")).toSorted()).toEqual(["2001:db8:bad::/64", "203.0.113.150/32", "203.0.113.7/32"]);
  expect(blocks.every((block) => block.objects("enforcement")[0]?.text("state") === "enforced")).toBe(true);

  const why = await place.run("why", "203.0.113.7");
  expect(why.out).toContain("block.access_over_200_per_1min");
  expect((await place.run("unblock", "203.0.113.7")).out).toBe("203.0.113.7 is no longer blocked.\n");
  expect((await place.run("blocks")).out).not.toContain("203.0.113.7 ");

  daemon.kill("SIGINT");
  const { status, err } = await daemon.ended;
  expect(status).toBe(0);
  expect(err).toContain("stopped: positions are written.");
});

test("a second first look finds the same as the first", async () => {
  for (let look = 1; look <= 2; look++) {
    const daemon = place.start("run", "--listen", "127.0.0.1:0");
    await daemon.until(() => (daemon.out.includes("Ctrl-C ends it") ? true : undefined));
    expect(daemon.out.match(/(?:320|280|30) (?:requests|failures) in a minute/g)).toHaveLength(3);
    daemon.kill("SIGTERM");
    expect((await daemon.ended).status).toBe(0);
  }
});
