import type { Daemon } from "../daemon/index.ts";
import type { Row } from "../event/index.ts";
import { formatDuration, shownCidr } from "../kit/index.ts";
import { tableText } from "./table.ts";
import type { Screen } from "./terminal.ts";

/** What the first look needs of a daemon. */
export type FirstLook = Pick<Daemon, "targets" | "queries" | "rows" | "blocks" | "url">;

export interface FirstLookOptions {
  readonly screen: Screen;
  readonly version: string;
  /** From the start of the command to here. */
  readonly tookMs: number;
  /** The settings file. */
  readonly file: string;
}

/**
 * What `npm start` shows: what was read, what was found, what was blocked and why, where the API is, and how to watch one's own log.
 */
export function describeFirstLook(daemon: FirstLook, options: FirstLookOptions): string {
  const { screen, version } = options;
  const findings = findingsOf(daemon);
  const sections = [
    `${screen.style("bold", `Hotaka ${version}`)} watches with SQL and keeps what you declared. A first look, at a bundled log:`,
    section(screen, "Read", readText(daemon, options)),
    section(screen, "Found", foundText(daemon, findings)),
    section(screen, "Blocked", blockedText(daemon, findings)),
    section(screen, "API", apiText(daemon, findings)),
    section(
      screen,
      "Now watch your own log:",
      "npm start -- --log /var/log/nginx/access.log\n(from its end; with --from-start all of it is read)",
    ),
    "It goes on running. Ctrl-C ends it.",
  ];
  return `\n${sections.join("\n\n")}\n\n`;
}

/** The most that a query found of an address. */
interface Finding {
  readonly address: string;
  readonly what: string;
  readonly amount: number;
  readonly query: string;
}

/** For each query and address the row with the highest number, the queries in the order of the settings. */
function findingsOf(daemon: FirstLook): Finding[] {
  return daemon.queries().flatMap(({ name }) => {
    const best = new Map<string, Finding>();
    for (const { row } of daemon.rows(name)) {
      const finding = findingOf(row, name);
      if (finding !== undefined && finding.amount > (best.get(finding.address)?.amount ?? 0)) best.set(finding.address, finding);
    }
    return [...best.values()].toSorted((left, right) => right.amount - left.amount);
  });
}

/** The bundled queries give an address as `host` and one number beside it. */
function findingOf(row: Row, query: string): Finding | undefined {
  const { host, ...others } = row;
  const [what, amount] = Object.entries(others).find(([, value]) => typeof value === "number") ?? [];
  if (typeof host !== "string" || what === undefined || typeof amount !== "number") return undefined;
  return { address: host, what, amount, query };
}

function readText(daemon: FirstLook, { tookMs }: FirstLookOptions): string {
  // The events of decisions have targets of their own, and were not read.
  const events = daemon.targets().find(({ name }) => name === "access")?.events ?? 0;
  const took = `${(tookMs / 1000).toFixed(1)} seconds`;
  return `${events.toLocaleString("en")} requests, a quarter of an hour of a small shop's access log, in ${took} with start-up`;
}

function foundText(daemon: FirstLook, findings: readonly Finding[]): string {
  if (findings.length === 0) return `nothing, by ${daemon.queries().length} queries.`;
  return tableText(
    ["ADDRESS", "IN A MINUTE", "QUERY"],
    findings.map(({ address, amount, what, query }) => [address, `${amount} ${what}`, query]),
  ).trimEnd();
}

/** What became of each address that was found: in force with its reason, or the reason why it is not. */
function blockedText(daemon: FirstLook, findings: readonly Finding[]): string {
  const rows = new Map<string, string[]>();
  const others = new Set<string>();
  for (const { address, amount, what } of findings) {
    const { inForce, decisions } = daemon.blocks.why(address);
    const [block] = inForce;
    if (block === undefined) {
      const [decision] = decisions;
      const reason =
        decision?.objection ?? (decision?.outcome === "detected" ? "its query is to detect, not to block" : "nothing asked for it");
      others.add(`${address} was not blocked: ${reason}.`);
      continue;
    }
    const until = block.untilMs === undefined ? "for good" : `for ${formatDuration(block.untilMs - block.fromMs)}`;
    const states = block.enforcement.map(({ state }) => state.replaceAll("_", " "));
    rows.set(block.cidr, [shownCidr(block.cidr), until, [...new Set(states)].join(", "), `${amount} ${what} in a minute`]);
  }
  const table = rows.size === 0 ? "nothing\n" : tableText(["ADDRESS", "TERM", "STATE", "WHY"], [...rows.values()]);
  return `${table}${[...others].join("\n")}`.trimEnd();
}

function apiText(daemon: FirstLook, findings: readonly Finding[]): string {
  const why =
    findings[0] === undefined ? "" : `\nnpx hotaka why ${findings[0].address}, in another terminal, tells the whole story of an address`;
  return `${daemon.url}/v1/blocks, and /v1/queries, /healthz, /readyz${why}`;
}

/** A heading, and the text indented below it. */
function section(screen: Screen, heading: string, text: string): string {
  const indented = text.replaceAll(/^(?=.)/gm, "  ");
  return `${screen.style("bold", heading)}\n${indented}`;
}
