import {
  defineEnforcer,
  duration,
  type Enforcer,
  type EnforcerChange,
  type EnforcerContext,
  type WantedBlock,
} from "../../component/index.ts";
import { assert, type Cidr, type Clock, messageOf, parseCidr } from "../../kit/index.ts";
import { runProgram } from "../program.ts";
import { ElementReader, readElements, type TakeElement } from "./elements.ts";
import { type Layout, partsOf, partsWanted, type PrefixSet, setLines, setOf, setOfPart, tableLines } from "./ruleset.ts";

interface NftablesConfig {
  readonly table: string;
  readonly hook: "prerouting" | "input" | "forward";
  readonly priority: number;
  readonly entries_max: number;
  readonly command: readonly string[];
  readonly timeout: number;
}

/** Drops the packets of what is blocked, in the kernel of this machine. */
export const nftables = defineEnforcer<NftablesConfig>({
  name: "nftables",
  summary: "Drops the packets of what is blocked in a table of its own of nftables, on this machine. Needs CAP_NET_ADMIN and nothing else.",
  undo: "`nft delete table inet hotaka` takes all of it away; each block goes by itself at its end, whether the daemon runs or not.",
  config: (z) =>
    z.strictObject({
      table: z
        .string()
        .regex(/^[a-zA-Z][a-zA-Z0-9_]{0,62}$/, "a name of letters, digits and underscores was wanted, 63 at most.")
        .default("hotaka")
        .describe("Table of family inet. All that is in it belongs to Hotaka; no other table is touched."),
      hook: z
        .enum(["prerouting", "input", "forward"])
        .default("prerouting")
        .describe("Where packets are looked at. prerouting comes before the rules of Docker and every other firewall."),
      priority: z.int().min(-400).max(400).default(-300).describe("Of its chain at the hook: the lowest comes first."),
      entries_max: z
        .int()
        .min(1)
        .max(4_000_000)
        .default(100_000)
        .describe("Most blocks it holds; those beyond are shown as over capacity."),
      command: z
        .array(z.string().min(1).max(4096))
        .min(1)
        .max(32)
        .default(["nft"])
        .describe("How nft is run, without a shell: [sudo, -n, nft] where the daemon has no privilege of its own."),
      timeout: duration(z, { minMs: 1000, maxMs: 600_000 }).prefault("30s").describe("How long one run of nft may take."),
    }),
  examples: [{}, { hook: "forward", priority: -10 }, { command: ["sudo", "-n", "/usr/sbin/nft"] }],
  open: async (config, context) => new NftablesEnforcer(config, context),
});

/** The elements that are there, by CIDR, each with its end (epoch ms, to the second; undefined is for good). */
interface Observed {
  readonly elements: ReadonlyMap<string, number | undefined>;
  /** The sets that stand as they should, with their rules; undefined when anything of the table is not as it should be. */
  readonly sets: ReadonlySet<string> | undefined;
  /** Whether there is such a table. */
  readonly isThere: boolean;
}

interface NftablesChange extends EnforcerChange {
  /** What is to go; what gets another end goes and comes again in one batch. */
  readonly removals: readonly Cidr[];
  readonly additions: readonly Addition[];
  /** Makes the table afresh first, in the same batch. */
  readonly isAfresh: boolean;
  readonly newSets: readonly PrefixSet[];
}

interface Addition {
  readonly cidr: Cidr;
  readonly untilMs: number | undefined;
}

class NftablesEnforcer implements Enforcer<Observed, NftablesChange> {
  readonly capacity: number;
  readonly #config: NftablesConfig;
  readonly #layout: Layout;
  readonly #clock: Clock;
  /** What stood there when it was read last, and what was done since; undefined when that is not known. */
  #known: { readonly elements: Map<string, number | undefined>; readonly sets: Set<string> } | undefined;

  constructor(config: NftablesConfig, { clock }: EnforcerContext) {
    this.#config = config;
    this.#clock = clock;
    this.capacity = config.entries_max;
    this.#layout = { table: config.table, hook: config.hook, priority: config.priority, sizeMax: config.entries_max };
  }

  async observe(): Promise<Observed> {
    this.#known = undefined;
    const parts = await this.#parts();
    if (parts === undefined) return { elements: new Map(), sets: undefined, isThere: false };
    const sets = [...parts].flatMap((part) => setOfPart(part) ?? []);
    const wanted = partsWanted(this.#layout, sets);
    const elements = new Map<string, number | undefined>();
    for (const set of sets) await this.#readSet(set, elements);
    if (parts.size !== wanted.size || [...parts].some((part) => !wanted.has(part))) return { elements, sets: undefined, isThere: true };
    const names = new Set(sets.map(({ name }) => name));
    this.#known = { elements: new Map(elements), sets: names };
    return { elements, sets: names, isThere: true };
  }

  async observeOnly(cidrs: readonly string[]): Promise<Observed | undefined> {
    if (this.#known === undefined) return undefined;
    const { elements: known, sets } = this.#known;
    if (cidrs.length > GET_MAX * GET_CALLS_MAX) return undefined;
    const elements = new Map<string, number | undefined>();
    const there = cidrs.flatMap((text) => {
      const untilMs = known.get(text);
      // The kernel lets go of it by itself.
      if (untilMs !== undefined && untilMs <= this.#clock.nowMs() + END_SLACK_MS) known.delete(text);
      return known.has(text) ? [{ cidr: parsed(text) }] : [];
    });
    try {
      for (const [name, own] of groupsBySet(there)) {
        for (let at = 0; at < own.length; at += GET_MAX) {
          const some = own.slice(at, at + GET_MAX);
          const addresses = some.map(({ cidr }) => cidr.address).join(", ");
          const text = await this.#nft(["get", "element", "inet", this.#layout.table, name, `{ ${addresses} }`]);
          readElements(text, this.#take(some[0]!.cidr, elements));
        }
      }
    } catch {
      // One of them is gone: somebody else was here.
      return undefined;
    }
    return { elements, sets, isThere: true };
  }

  plan(wanted: readonly WantedBlock[], { elements, sets, isThere }: Observed): NftablesChange[] {
    const nowMs = this.#clock.nowMs();
    const alive = wanted.filter(({ untilMs }) => untilMs === undefined || untilMs > nowMs);
    if (sets === undefined) return alive.length === 0 && !isThere ? [] : [this.#afresh(alive, elements)];
    const cidrs = new Set(alive.map(({ cidr }) => cidr));
    const removals = [...elements].filter(([cidr, untilMs]) => !cidrs.has(cidr) && !isEnding(untilMs, nowMs)).map(([cidr]) => parsed(cidr));
    const additions = alive.filter(({ cidr, untilMs }) => !elements.has(cidr) || !isSameEnd(elements.get(cidr), untilMs)).map(additionOf);
    const replaced = additions.filter(({ cidr }) => elements.has(cidr.toString())).map(({ cidr }) => cidr);
    return batched({ removals, replaced, additions }, sets);
  }

  async apply({ removals, additions, isAfresh, newSets }: NftablesChange): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const alive = additions.filter(({ untilMs }) => untilMs === undefined || untilMs > nowMs);
    const gone = removals.map((cidr) => ({ cidr, untilMs: undefined }));
    const lines = [
      ...(isAfresh ? tableLines(this.#layout, newSets) : newSets.flatMap((set) => setLines(this.#layout, set))),
      // To add first makes the deletion of what is not there no error.
      ...this.#elementLines("add", gone, nowMs),
      ...this.#elementLines("delete", gone, nowMs),
      ...this.#elementLines("add", alive, nowMs),
    ];
    try {
      await this.#nft(["-f", "-"], { stdin: `${lines.join("\n")}\n` });
    } catch (thrown) {
      this.#known = undefined;
      throw thrown;
    }
    for (const cidr of removals) this.#known?.elements.delete(cidr.toString());
    for (const { cidr, untilMs } of alive) this.#known?.elements.set(cidr.toString(), untilMs);
    for (const { name } of newSets) this.#known?.sets.add(name);
  }

  /** What is blocked stays so: each element goes at its own end. */
  async close(): Promise<void> {}

  #afresh(alive: readonly WantedBlock[], elements: Observed["elements"]): NftablesChange {
    const additions = alive.map(additionOf);
    const cidrs = [...new Set([...alive.map(({ cidr }) => cidr), ...elements.keys()])];
    const sentence = `make table ${this.#layout.table} anew with ${additions.length} blocks${shownFirst(cidrs)}`;
    return { cidrs, sentence, removals: [], additions, isAfresh: true, newSets: setsOf(additions.map(({ cidr }) => cidr)) };
  }

  /** The parts of the table, without its elements; undefined when there is no such table. */
  async #parts(): Promise<ReadonlySet<string> | undefined> {
    try {
      return partsOf(this.#layout, JSON.parse(await this.#nft(["--json", "--terse", "list", "table", "inet", this.#layout.table])));
    } catch (thrown) {
      if (messageOf(thrown).includes("No such file or directory")) return undefined;
      throw thrown;
    }
  }

  async #readSet(set: PrefixSet, elements: Map<string, number | undefined>): Promise<void> {
    const reader = new ElementReader(this.#take(set, elements));
    const command = ["--json", "list", "set", "inet", this.#layout.table, set.name];
    await this.#nft(command, { output: (text) => reader.add(text) });
  }

  /** Takes elements as prefixes of `bits`. */
  #take({ bits }: Pick<Cidr, "bits">, elements: Map<string, number | undefined>): TakeElement {
    const nowMs = this.#clock.nowMs();
    return (address, expiresS) => {
      elements.set(`${parsed(address).address}/${bits}`, expiresS === undefined ? undefined : nowMs + expiresS * 1000);
    };
  }

  #elementLines(verb: "add" | "delete", elements: readonly Addition[], nowMs: number): string[] {
    return [...groupsBySet(elements)].map(([name, own]) => {
      const texts = own.map(
        ({ cidr, untilMs }) => `${cidr.address}${untilMs === undefined ? "" : ` timeout ${Math.max(1, Math.ceil(untilMs - nowMs))}ms`}`,
      );
      return `${verb} element inet ${this.#layout.table} ${name} { ${texts.join(", ")} }`;
    });
  }

  async #nft(
    args: readonly string[],
    options: { readonly stdin?: string; readonly output?: (text: string) => void } = {},
  ): Promise<string> {
    return runProgram({ argv: [...this.#config.command, ...args], timeoutMs: this.#config.timeout, ...options });
  }
}

/** Changes of `BATCH_MAX` elements each: every one is one batch that the kernel takes whole or not at all. */
function batched(
  wish: { readonly removals: readonly Cidr[]; readonly replaced: readonly Cidr[]; readonly additions: readonly Addition[] },
  sets: ReadonlySet<string>,
): NftablesChange[] {
  const { removals, additions } = wish;
  const replaced = new Set(wish.replaced.map(String));
  const known = new Set(sets);
  const changes: NftablesChange[] = [];
  for (let at = 0; at < Math.max(removals.length, additions.length); at += BATCH_MAX) {
    const [going, coming] = [removals.slice(at, at + BATCH_MAX), additions.slice(at, at + BATCH_MAX)];
    const newSets = setsOf(coming.map(({ cidr }) => cidr)).filter(({ name }) => !known.has(name));
    for (const { name } of newSets) known.add(name);
    const cidrs = [...going, ...coming.map(({ cidr }) => cidr)].map(String);
    const sentence = [
      ...(going.length > 0 ? [`remove ${countOf(going)}`] : []),
      ...(coming.length > 0 ? [`add ${countOf(coming.map(({ cidr }) => cidr))}`] : []),
    ].join(", ");
    const again = coming.filter(({ cidr }) => replaced.has(cidr.toString())).map(({ cidr }) => cidr);
    changes.push({ cidrs, sentence, removals: [...going, ...again], additions: coming, isAfresh: false, newSets });
  }
  return changes;
}

function groupsBySet<Element extends { readonly cidr: Cidr }>(elements: readonly Element[]): Map<string, Element[]> {
  const groups = new Map<string, Element[]>();
  for (const element of elements) {
    const { name } = setOf(element.cidr);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [element]);
    else group.push(element);
  }
  return groups;
}

function setsOf(cidrs: readonly Cidr[]): PrefixSet[] {
  return [...new Map(cidrs.map((cidr) => [setOf(cidr).name, setOf(cidr)])).values()];
}

function additionOf({ cidr, untilMs }: WantedBlock): Addition {
  return { cidr: parsed(cidr), untilMs };
}

/** The list of blocks holds canonical prefixes, and nft writes addresses. */
function parsed(text: string): Cidr {
  const cidr = parseCidr(text);
  assert(cidr !== undefined, `"${text}" was taken for a prefix`);
  return cidr;
}

/** nft tells an end to the second, rounded down, some milliseconds after the clock was read. */
function isSameEnd(there: number | undefined, wanted: number | undefined): boolean {
  if (there === undefined || wanted === undefined) return there === wanted;
  return Math.abs(there - wanted) <= END_SLACK_MS;
}

/** About to go by itself. */
function isEnding(untilMs: number | undefined, nowMs: number): boolean {
  return untilMs !== undefined && untilMs <= nowMs;
}

function countOf(cidrs: readonly Cidr[]): string {
  return cidrs.length === 1 ? cidrs[0]!.toString() : `${cidrs.length} blocks${shownFirst(cidrs.map(String))}`;
}

function shownFirst(cidrs: readonly string[]): string {
  return cidrs.length === 0 ? "" : ` (${cidrs.slice(0, 3).join(", ")}${cidrs.length > 3 ? ", ..." : ""})`;
}

const BATCH_MAX = 10_000;
const END_SLACK_MS = 2000;
/** nft 1.0.6 ends in a stack overflow when it is asked for 256 elements or more. */
const GET_MAX = 200;
/** More calls cost as much as reading all. */
const GET_CALLS_MAX = 5;
