import { type Agent, request } from "node:http";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { memory } from "../../../test/fakes/enforcer_memory.ts";
import { CAPACITY, describeEnforcer } from "../../../test/suites/enforcer_suite.ts";
import { Nginx, whyNoNginx } from "../../../test/suites/nginx.ts";
import type { Enforcer } from "../../component/index.ts";
import { type Clock, Counters, silentLog, Steps, VirtualClock, wallClock } from "../../kit/index.ts";
import { Tables } from "../../tables/index.ts";
import { type HttpAuth, httpAuth } from "./http_auth.ts";

const opened: Enforcer[] = [];
afterEach(async () => {
  for (const enforcer of opened.splice(0)) await enforcer.close();
});

async function open(tables: Tables, clock: Clock, settings: Record<string, unknown> = {}, counters = new Counters()): Promise<HttpAuth> {
  const context = { name: "enforcers[0]", folder: "/", clock, steps: new Steps(clock), log: silentLog, counters, memory: memory(), tables };
  const enforcer = (await httpAuth.open(httpAuth.config(z).parse({ listen: "127.0.0.1:0", ...settings }), context)) as HttpAuth;
  opened.push(enforcer);
  return enforcer;
}

function tablesOf(clock: Clock): Tables {
  return new Tables({ clock, counters: new Counters() });
}

async function ask(
  url: string,
  headers: Record<string, string>,
  options: { method?: string; agent?: Agent; body?: string } = {},
): Promise<number> {
  const { method = "GET", agent, body } = options;
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/any/path?x=1`, { headers, method, ...(agent === undefined ? {} : { agent }) }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode ?? 0));
    });
    asked.once("error", reject);
    asked.end(body);
  });
}

async function keep(enforcer: Enforcer, ...cidrs: string[]): Promise<void> {
  const wanted = cidrs.map((cidr) => ({ cidr, untilMs: undefined, priority: 1 }));
  for (const change of enforcer.plan(wanted, await enforcer.observe())) await enforcer.apply(change);
}

describeEnforcer("http_auth", async (clock) => {
  const tables = tablesOf(clock);
  const held = tables.open("http_auth", CAPACITY);
  const reopen = async () => open(tables, clock, { entries_max: CAPACITY });
  return {
    enforcer: await reopen(),
    reopen,
    blocked: async () => held.entries().map(({ key }) => key),
    remove: async (cidr) => void held.delete(cidr),
    add: async (cidr) => void held.set({ key: cidr, value: "1", untilMs: undefined, owner: "somebody" }),
    spoil: async (cidr) => void held.set({ ...held.get(cidr)!, untilMs: clock.nowMs() + 1000 }),
  };
});

test("a client is refused while it is blocked, alone or in a prefix, whichever way a proxy asks", async () => {
  const enforcer = await open(tablesOf(wallClock), wallClock);
  await keep(enforcer, "203.0.113.7/32", "2001:db8:bad::/64");
  const asks = [
    ["nginx", "GET", undefined],
    ["Caddy and Traefik", "GET", undefined],
    ["Envoy with a body", "POST", "a body that nobody reads".repeat(1000)],
    ["HEAD", "HEAD", undefined],
  ] as const;
  for (const [, method, body] of asks) {
    const options = { method, ...(body === undefined ? {} : { body }) };
    expect(await ask(enforcer.url, { "x-forwarded-for": "203.0.113.7" }, options)).toBe(403);
    expect(await ask(enforcer.url, { "x-forwarded-for": "2001:db8:bad::99" }, options)).toBe(403);
    expect(await ask(enforcer.url, { "x-forwarded-for": "203.0.113.8" }, options)).toBe(200);
  }
  await keep(enforcer);
  expect(await ask(enforcer.url, { "x-forwarded-for": "203.0.113.7" })).toBe(200);
});

test("a client cannot pass for another, and cannot make another be refused", async () => {
  const enforcer = await open(tablesOf(wallClock), wallClock);
  await keep(enforcer, "203.0.113.7/32");
  expect(await ask(enforcer.url, { "x-forwarded-for": "198.51.100.1, 203.0.113.7" })).toBe(403);
  expect(await ask(enforcer.url, { "x-forwarded-for": "203.0.113.7, 198.51.100.1" })).toBe(200);
  const strict = await open(tablesOf(wallClock), wallClock, { trusted_proxies: ["10.0.0.1"], name: "strict" });
  await keep(strict, "203.0.113.7/32");
  expect(await ask(strict.url, { "x-forwarded-for": "203.0.113.7" })).toBe(200);
});

test("a client that the proxy does not name is let in and counted, or refused where the settings say so", async () => {
  const counters = new Counters();
  const enforcer = await open(tablesOf(wallClock), wallClock, {}, counters);
  expect(await ask(enforcer.url, {})).toBe(200);
  expect(counters.read().find(({ name }) => name === "http_auth_clients_unknown")?.value).toBe(1);
  const strict = await open(tablesOf(wallClock), wallClock, { unknown_client: "deny", name: "strict" });
  expect(await ask(strict.url, { "x-forwarded-for": "unknown" })).toBe(403);
});

test("a block ends for proxies at its end, whether a pass comes or not", async () => {
  const clock = new VirtualClock(0);
  const enforcer = await open(tablesOf(clock), clock);
  const wanted = [{ cidr: "203.0.113.7/32", untilMs: 1000, priority: 1 }];
  for (const change of enforcer.plan(wanted, await enforcer.observe())) await enforcer.apply(change);
  expect(await ask(enforcer.url, { "x-forwarded-for": "203.0.113.7" })).toBe(403);
  clock.advanceTo(1000);
  expect(await ask(enforcer.url, { "x-forwarded-for": "203.0.113.7" })).toBe(200);
});

test("where it listens others can reach only if the settings say so", () => {
  expect(httpAuth.config(z).safeParse({ listen: "0.0.0.0:1" }).error?.issues[0]?.message).toContain("add open_to_network: true");
  expect(httpAuth.config(z).safeParse({ listen: "0.0.0.0:1", open_to_network: true }).success).toBe(true);
});

test("an address that is taken is named", async () => {
  const { url } = await open(tablesOf(wallClock), wallClock);
  const listen = url.replace("http://", "");
  await expect(open(tablesOf(wallClock), wallClock, { listen })).rejects.toThrow(
    `http_auth could not listen on ${listen}: something else listens there.`,
  );
});

test("nginx with auth_request refuses a client that is blocked, and no other", async ({ skip }) => {
  const why = whyNoNginx();
  skip(why !== undefined, why);
  const enforcer = await open(tablesOf(wallClock), wallClock, { trusted_proxies: ["127.0.0.1"], header: "X-Real-IP" });
  const nginx = new Nginx();
  try {
    await nginx.start(
      `
      location / { auth_request /blocked; return 204; }
      location = /page { }
      location = /blocked {
        internal;
        proxy_pass ${enforcer.url};
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_set_header X-Real-IP $remote_addr;
      }`.replace("return 204", "empty_gif"),
    );
    await keep(enforcer, "127.0.0.2/32");
    expect(await nginx.status("127.0.0.2")).toBe(403);
    expect(await nginx.status("127.0.0.2", { "x-real-ip": "127.0.0.3" })).toBe(403);
    expect(await nginx.status("127.0.0.3", { "x-real-ip": "127.0.0.2" })).toBe(200);
    await keep(enforcer);
    expect(await nginx.status("127.0.0.2")).toBe(200);
  } finally {
    await nginx.close();
  }
});
