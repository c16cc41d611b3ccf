import { closeSync, openSync, writeSync } from "node:fs";
import { combinedLine, Random, type Request } from "../scripts/access_log.ts";

export interface BusyLog {
  readonly lines: number;
  /** `host YYYY-MM-DDTHH:MM` of every host with at least `FLOOD_REQUESTS` requests in a minute, in order of time. */
  readonly floods: readonly string[];
}

/**
 * Writes half an hour of a busy site as an access log: 20,000 hosts, a few of which make most requests, one in twelve over IPv6, and
 * floods that stand out. The same lines for the same number of lines.
 */
export function writeBusyLog(path: string, lines: number): BusyLog {
  const random = new Random(42);
  const hosts = Array.from({ length: HOSTS }, () => address(random));
  const pickHost = zipf(random, hosts.length);
  const agents = hosts.map(() => random.pick(AGENTS));
  const perMinute = new Map<string, number>();
  const file = openSync(path, "w");
  let written = 0;
  for (let second = 0; second < SECONDS; second++) {
    const until = Math.round((lines * (second + 1)) / SECONDS);
    const flooding = FLOODS.filter(({ minute, minutes }) => second >= minute * 60 && second < (minute + minutes) * 60);
    const part: string[] = [];
    for (const { host, perSecond } of flooding)
      for (let n = 0; n < perSecond && written + part.length < until; n++) part.push(line(random, second, host, AGENTS[0]!));
    while (written + part.length < until) {
      const at = pickHost();
      part.push(line(random, second, hosts[at]!, agents[at]!));
    }
    for (const text of part) count(perMinute, `${text.slice(0, text.indexOf(" "))} ${minuteOf(second)}`);
    written += part.length;
    if (part.length > 0) writeSync(file, `${part.join("\n")}\n`);
  }
  closeSync(file);
  return {
    lines: written,
    floods: [...perMinute]
      .filter(([, requests]) => requests >= FLOOD_REQUESTS)
      .map(([key]) => key)
      .toSorted(),
  };
}

function line(random: Random, second: number, host: string, agent: string): string {
  const dice = random.fraction();
  const request: Request = {
    host,
    timeMs: START_MS + second * 1000,
    method: dice < 0.93 ? "GET" : "POST",
    path: requestPath(random),
    code: dice < 0.88 ? 200 : dice < 0.93 ? 304 : dice < 0.97 ? 302 : 404,
    size: random.below(48_000),
    referer: random.pick(REFERERS),
    agent,
  };
  return combinedLine(request);
}

function requestPath(random: Random): string {
  const dice = random.fraction();
  if (dice < 0.1) return "/";
  if (dice < 0.6) return `/static/${random.below(4000).toString(36)}.${random.pick(["css", "js", "png", "svg", "woff2"])}`;
  if (dice < 0.75) return `/api/v1/search?page=${1 + random.below(40)}&sort=${random.pick(["asc", "desc"])}`;
  return `/products/${random.below(20_000)}-${random.pick(["red", "blue", "large", "small"])}-${random.pick(["shoe", "lamp", "chair"])}`;
}

function address(random: Random): string {
  if (random.fraction() < 1 / 12) return `2001:db8:${random.below(65_536).toString(16)}::${(1 + random.below(65_535)).toString(16)}`;
  return `${11 + random.below(88)}.${random.below(256)}.${random.below(256)}.${1 + random.below(254)}`;
}

/** Numbers below `size`, the n-th as often as 1 / (n + 21): a few regulars, and a long tail. */
function zipf(random: Random, size: number): () => number {
  const sums = new Float64Array(size);
  let sum = 0;
  for (let at = 0; at < size; at++) sums[at] = sum += 1 / (at + 21);
  return () => {
    const wanted = random.fraction() * sum;
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function minuteOf(second: number): string {
  return new Date(START_MS + second * 1000).toISOString().slice(0, 16);
}

/** Requests in a minute that no ordinary host of a million-line log makes. */
export const FLOOD_REQUESTS = 1000;

const START_MS = Date.UTC(2026, 10, 10, 9);
const SECONDS = 1800;
const HOSTS = 20_000;
const FLOODS = [
  { host: "203.0.113.7", minute: 5, minutes: 10, perSecond: 25 },
  { host: "203.0.113.66", minute: 12, minutes: 2, perSecond: 50 },
  { host: "2001:db8:bad::1", minute: 18, minutes: 3, perSecond: 20 },
];
const REFERERS = ["-", "-", "https://www.example.com/", "https://www.google.com/", "https://www.example.com/products/"];
const AGENTS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
  "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  "curl/8.5.0",
];
