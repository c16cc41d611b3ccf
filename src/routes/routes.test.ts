import { describe, expect, test } from "vitest";
import { FakeSourceContext } from "../../test/suites/source_fakes.ts";
import { defineFilter } from "../component/index.ts";
import { compileMatch } from "../kit/index.ts";
import { type PlacedFilter, type Route, Routing } from "./routing.ts";
import { Routes } from "./routes.ts";

function route(match: string, more: Partial<Route> = {}): Route {
  return { fits: compileMatch(match), target: undefined, removePrefix: undefined, drop: false, ...more };
}

function filter(match: string, apply: PlacedFilter["definition"]["apply"]): PlacedFilter {
  const definition = defineFilter<unknown>({ name: "test", summary: "", config: (z) => z.unknown(), examples: [], apply });
  return { name: `filters (${match})`, fits: compileMatch(match), definition, config: {} };
}

function rig(routes: readonly Route[], filters: readonly PlacedFilter[] = []) {
  const context = new FakeSourceContext({ folder: "/" });
  const { counters, log } = context;
  const opened = new Routes({
    routing: new Routing(routes, filters),
    counters,
    log,
    intake: (target, fields) => context.intake(target, fields),
    openIntake: (target) => context.openIntake(target),
  });
  const send = (tag: string, event: object): void => {
    const { columns } = opened.open(tag);
    columns.take(event, 0);
    columns.flush();
  };
  return { context, routes: opened, send };
}

describe("routes", () => {
  test("are asked in their order, and the first that fits a tag takes it", () => {
    const { context, send } = rig([
      route("debug.**", { drop: true }),
      route("web.{a,b}", { target: "front" }),
      route("app.**", { removePrefix: "app" }),
      route("**"),
    ]);
    for (const tag of ["web.a", "web.b", "web.c", "app.shop.cart", "app", "debug.x", "debug.y"]) send(tag, { tag });
    const tags = (target: string): unknown[] => context.events(target).map(({ tag }) => tag);
    expect(tags("front")).toEqual(["web.a", "web.b"]);
    expect(tags("web_c")).toEqual(["web.c"]);
    expect(tags("shop_cart")).toEqual(["app.shop.cart"]);
    expect(tags("app")).toEqual(["app"]);
    expect(context.counted("route_events_dropped")).toBe(2);
    expect(context.counted("route_events_unrouted")).toBe(0);
  });

  test("need not be there: a tag then names its target", () => {
    const { context, send } = rig([]);
    send("web.access", { a: 1 });
    expect(context.events("web_access")).toHaveLength(1);
  });

  test("count what none of them takes by its tag, say so once for each, and for a hundred tags at most", () => {
    const { context, send } = rig([route("web.**")]);
    for (let n = 0; n < 120; n++) for (let event = 0; event < 2; event++) send(`tag.${n}`, {});
    expect(context.counted("route_events_unrouted")).toBe(240);
    const labels = context.counters.read().filter(({ name }) => name === "route_events_unrouted");
    expect(labels).toHaveLength(101);
    expect(labels.find(({ labels: { tag } }) => tag === "(others)")?.value).toBe(40);
    expect(context.said).toHaveLength(101);
    expect(context.said[0]).toBe(
      'warn: routes: no route takes events tagged "tag.0": they are dropped and counted. Add a route that fits, or drop: true.',
    );
  });

  test("count columns that go nowhere, of which nothing is decoded", () => {
    const { context, routes } = rig([route("web.**")]);
    const intake = routes.intake("app", { message: "string" });
    expect(intake.demand.fields.size).toBe(0);
    intake.accept({ schema: intake.schema, size: 7, times: new Float64Array(7), columns: [undefined] });
    expect(context.counted("route_events_unrouted")).toBe(7);
  });
});

describe("filters", () => {
  const name = filter("web.**", (_, plan) => plan.set("by", { kind: "made", type: "string", of: [], make: () => "web" }));
  const tagged = filter("**", (_, plan) => {
    const { tag } = plan;
    plan.set("tag", { kind: "made", type: "string", of: [], make: () => tag });
  });

  test("that fit a tag are passed in their order before the route", () => {
    const { context, send } = rig([route("**", { target: "all" })], [name, tagged]);
    send("web.a", { n: 1 });
    send("app", { n: 2 });
    expect(context.events("all")).toEqual(
      [
        { at: 0, n: 1, by: "web", tag: "web.a" },
        { at: 0, n: 2, by: null, tag: "app" },
      ].map(({ by, ...event }) => (by === null ? event : { ...event, by })),
    );
  });

  test("of tags for which they do the same are one, so that every nth event is every nth of all", () => {
    let plans = 0;
    const counting = filter("**", (_, plan) => {
      plans++;
      let seen = 0;
      plan.require([], () => seen++ % 3 === 0);
    });
    const { context, send } = rig([route("**", { target: "all" })], [counting]);
    for (let n = 0; n < 9; n++) send(`tag.${n}`, { n });
    expect(context.events("all").map(({ n }) => n)).toEqual([0, 3, 6]);
    expect(context.counted("filter_events_dropped")).toBe(6);
    expect(plans).toBe(9);
  });

  test("give a target the fields that columns have behind them", () => {
    const { context, routes } = rig([route("**", { target: "all" })], [name]);
    const intake = routes.intake("web", { message: "string" });
    expect(context.intake("all", {}).schema.fields.map((field) => field.name)).toEqual(["message", "by"]);
    expect(intake.schema.fields.map((field) => field.name)).toEqual(["message"]);
  });
});
