// Writes examples/first_look/access.log: a quarter of an hour at a small shop, with attackers in it and some that only look like ones.
// `npm run examples` writes it anew; a test compares what stands there. Every address is one that is set aside for documentation.

import { writeFileSync } from "node:fs";
import { combinedLine, Random, type Request } from "./access_log.ts";

export const FIRST_LOOK_PATH = "examples/first_look/access.log";

/** The whole log, in order of time. */
export function firstLookLog(): string {
  const random = new Random(20_261_110);
  const requests = [...visitors(random), ...attackers(random), ...lookAlikes(random)];
  requests.sort((left, right) => left.timeMs - right.timeMs);
  return requests.map((request) => `${combinedLine(request)}\n`).join("");
}

/** People: they open a page, which loads its parts, read, and go on. */
function visitors(random: Random): Request[] {
  // The first one asks for an icon that there is not, as telephones do; so every query's first minute begins on the minute.
  const first = { host: "198.51.100.1", agent: AGENTS[2]!, timeMs: START_MS };
  const requests = [...pageView(random, first), get(first, { path: "/apple-touch-icon.png", code: 404, size: 153 })];
  for (let visit = 0; visit < 170; visit++) {
    const host =
      random.fraction() < 0.8
        ? `198.51.100.${2 + random.below(200)}`
        : `2001:db8:1:${random.below(4096).toString(16)}::${1 + random.below(99)}`;
    const agent = random.pick(AGENTS);
    let timeMs = START_MS + random.below(13 * MINUTE_MS);
    for (let pages = 1 + random.below(3); pages > 0; pages--) {
      requests.push(...pageView(random, { host, agent, timeMs }));
      timeMs += 8000 + random.below(50_000);
    }
  }
  return requests.filter(({ timeMs }) => timeMs < START_MS + 15 * MINUTE_MS);
}

function pageView(random: Random, view: { readonly host: string; readonly agent: string; readonly timeMs: number }): Request[] {
  const path = random.pick(PAGES);
  const code = random.fraction() < 0.02 ? 404 : 200;
  const page = get(view, { path, code, size: 4000 + random.below(30_000), referer: random.pick(REFERERS) });
  if (code === 404) return [page];
  const parts = PARTS.filter(() => random.fraction() < 0.5).map((part) => {
    const cached = random.fraction() < 0.3;
    const after = { ...view, timeMs: view.timeMs + random.below(3) * 1000 };
    return get(after, { path: part, code: cached ? 304 : 200, size: cached ? 0 : 900 + random.below(60_000), referer: `${SITE}${path}` });
  });
  return [page, ...parts];
}

function attackers(random: Random): Request[] {
  const flood = { host: "203.0.113.7", agent: AGENTS[0]! };
  const floodV6 = { host: "2001:db8:bad::1", agent: "Mozilla/5.0 (compatible)" };
  const login = { host: "203.0.113.150", agent: "python-requests/2.32.3" };
  const prober = { host: "203.0.113.99", agent: "Mozilla/5.0 zgrab/0.x" };
  return [
    ...spread(4, 2, 640, (timeMs) => get({ ...flood, timeMs }, { path: `/search?q=${random.below(99_999).toString(36)}`, size: 5120 })),
    ...spread(9, 1, 280, (timeMs) => get({ ...floodV6, timeMs }, { path: random.pick(PAGES), size: 7000 + random.below(9000) })),
    ...spread(6, 3, 90, (timeMs) => post({ ...login, timeMs }, { path: "/login", code: 401, size: 612 })),
    ...spread(2, 2, PROBES.length * 2, (timeMs, index) =>
      get({ ...prober, timeMs }, { path: PROBES[index % PROBES.length]!, code: 404, size: 153 }),
    ),
  ];
}

/** Busy, clumsy or watchful, but no attackers: a query that names them is too eager. */
function lookAlikes(random: Random): Request[] {
  const office = { host: "192.0.2.44", agent: AGENTS[1]! };
  const forgetful = { host: "198.51.100.77", agent: AGENTS[2]! };
  const crawler = { host: "192.0.2.130", agent: "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example/about)" };
  const monitor = { host: "192.0.2.10", agent: "uptime-check/1.4" };
  return [
    // An office behind one address: 199 requests in one minute, one fewer than are asked for.
    ...spread(7, 1, 199, (timeMs) =>
      get({ ...office, timeMs }, { path: random.pick([...PAGES, ...PARTS]), size: 900 + random.below(30_000) }),
    ),
    // Somebody who has forgotten the password, and then remembers it.
    ...spread(5, 1, 5, (timeMs) => post({ ...forgetful, timeMs }, { path: "/login", code: 401, size: 612 })),
    post({ ...forgetful, timeMs: START_MS + 6 * MINUTE_MS }, { path: "/login", code: 302, size: 0 }),
    // A crawler that takes its time.
    ...spread(0, 15, 150, (timeMs) => get({ ...crawler, timeMs }, { path: random.pick(PAGES), size: 4000 + random.below(20_000) })),
    // The shop's own monitoring: as much as an attacker, but on the never-block list.
    ...spread(11, 1, 240, (timeMs) => get({ ...monitor, timeMs }, { path: "/health", size: 2 })),
  ];
}

/** `count` requests, evenly over `minutes` from minute `from` on. */
function spread(from: number, minutes: number, count: number, request: (timeMs: number, index: number) => Request): Request[] {
  return Array.from({ length: count }, (_, index) => {
    const seconds = Math.floor((index * minutes * 60) / count);
    return request(START_MS + from * MINUTE_MS + seconds * 1000, index);
  });
}

type Visitor = Pick<Request, "host" | "agent" | "timeMs">;
type Answer = Pick<Request, "path" | "size"> & Partial<Pick<Request, "code" | "referer">>;

function get(visitor: Visitor, answer: Answer): Request {
  return { method: "GET", code: 200, referer: "-", ...visitor, ...answer };
}

function post(visitor: Visitor, answer: Answer): Request {
  return { ...get(visitor, answer), method: "POST", referer: `${SITE}/login` };
}

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 10, 9);
const SITE = "https://shop.example";
const PAGES = [
  "/",
  "/shoes",
  "/shoes/trail-runner-2",
  "/tents",
  "/tents/ridge-3p",
  "/stoves/alpine",
  "/cart",
  "/help/returns",
  "/journal/first-snow",
];
const PARTS = ["/static/app.css", "/static/app.js", "/static/logo.svg", "/static/hero.webp", "/favicon.ico"];
const REFERERS = ["-", `${SITE}/`, "https://www.google.com/", "https://duckduckgo.com/"];
const AGENTS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
];
const PROBES = [
  "/.env",
  "/.git/config",
  "/.aws/credentials",
  "/wp-login.php",
  "/wp-config.php.bak",
  "/xmlrpc.php",
  "/phpmyadmin/",
  "/admin.php",
  "/backup.sql",
  "/config.json",
  "/server-status",
  "/actuator/env",
  "/solr/admin/",
  "/cgi-bin/test.cgi",
  "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
  "/debug/pprof",
  "/shell.php",
  "/old/",
];

if (process.argv[1]?.endsWith("first_look_log.js") === true) writeFileSync(FIRST_LOOK_PATH, firstLookLog());
