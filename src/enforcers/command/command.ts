import {
  defineEnforcer,
  duration,
  type Enforcer,
  type EnforcerChange,
  type EnforcerContext,
  type WantedBlock,
} from "../../component/index.ts";
import { type Clock, type Counter, parseCidr } from "../../kit/index.ts";
import { runProgram } from "../program.ts";
import { faultOfWord, PLACES, tellsEnd, wordsOf } from "./words.ts";

interface CommandConfig {
  readonly id: string;
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly list?: readonly string[] | undefined;
  readonly timeout: number;
  readonly entries_max: number;
}

/** Runs a program for each block and for each end of one. */
export const command = defineEnforcer<CommandConfig>({
  name: "command",
  summary: "Runs a program for each block and for each end of one: any firewall that has a command. No shell is involved.",
  undo: "Once it is out of the settings, run its `remove` for each block that it has added.",
  config: (z) => {
    const words = z
      .array(z.string().max(4096))
      .min(1)
      .max(64)
      .superRefine((list, context) => {
        for (const fault of list.flatMap((word) => faultOfWord(word) ?? [])) context.addIssue({ code: "custom", message: fault });
      });
    return z.strictObject({
      id: z
        .string()
        .regex(/^\w[\w.-]{0,63}$/)
        .default("command")
        .describe("Under which it remembers what it has added. Two of these need two of them."),
      add: words.describe(
        `Program and arguments that block. In them stand \${${PLACES.join("}, ${")}}; each argument stays one, whatever is put in.`,
      ),
      remove: words.describe("Program and arguments that take a block back. To take back what is not there must succeed."),
      list: words
        .optional()
        .describe(
          "Program that writes what is blocked, an address or prefix first on each line. With it, what others take away is put back.",
        ),
      timeout: duration(z, { minMs: 100, maxMs: 600_000 }).prefault("10s").describe("How long one run may take."),
      entries_max: z.int().min(1).max(1_000_000).default(10_000).describe("Most blocks it holds; those beyond are shown as over capacity."),
    });
  },
  examples: [
    {
      add: ["ipset", "-exist", "add", "blocked", "${cidr}", "timeout", "${seconds}"],
      remove: ["ipset", "-exist", "del", "blocked", "${cidr}"],
    },
    {
      id: "router",
      add: ["/usr/local/bin/router", "block", "${address}/${bits}"],
      remove: ["/usr/local/bin/router", "unblock", "${cidr}"],
      list: ["/usr/local/bin/router", "list"],
    },
  ],
  open: async (config, context) => new CommandEnforcer(config, context),
});

/** What it has added, each with its end (epoch ms; null is for good), and what is there beside. */
interface Observed {
  readonly own: ReadonlyMap<string, number | null>;
  readonly foreign: ReadonlySet<string>;
}

interface CommandChange extends EnforcerChange {
  readonly cidr: string;
  /** Undefined to take it back. */
  readonly block: WantedBlock | undefined;
}

class CommandEnforcer implements Enforcer<Observed, CommandChange> {
  readonly #config: CommandConfig;
  readonly #clock: Clock;
  readonly #memory: EnforcerContext["memory"];
  readonly #unread: Counter;
  #foreign = 0;

  constructor(config: CommandConfig, { clock, memory, counters, name }: EnforcerContext) {
    this.#config = config;
    this.#clock = clock;
    this.#memory = memory;
    this.#unread = counters.counter("command_lines_unread", "Lines of `list` that begin with no address.", { enforcer: name });
  }

  get capacity(): number {
    return Math.max(0, this.#config.entries_max - this.#foreign);
  }

  async observe(): Promise<Observed> {
    const remembered = this.#remembered();
    const { list, timeout } = this.#config;
    if (list === undefined) return { own: remembered, foreign: new Set() };
    const there = this.#read(await runProgram({ argv: list, timeoutMs: timeout }));
    const own = new Map([...remembered].filter(([cidr]) => there.has(cidr)));
    for (const cidr of remembered.keys()) if (!there.has(cidr)) this.#memory.delete(this.#prefix + cidr);
    const foreign = new Set([...there].filter((cidr) => !own.has(cidr)));
    this.#foreign = foreign.size;
    return { own, foreign };
  }

  plan(wanted: readonly WantedBlock[], { own, foreign }: Observed): CommandChange[] {
    const cidrs = new Set(wanted.map(({ cidr }) => cidr));
    const removals = [...own.keys()].filter((cidr) => !cidrs.has(cidr));
    const isEndTold = tellsEnd(this.#config.add);
    const additions = wanted.filter(({ cidr, untilMs }) => {
      if (foreign.has(cidr)) return false;
      const end = own.get(cidr);
      return end === undefined || (isEndTold && end !== (untilMs ?? null));
    });
    return [
      ...removals.map((cidr) => ({
        cidr,
        cidrs: [cidr],
        block: undefined,
        sentence: `run ${this.#config.remove[0] ?? ""} to remove ${cidr}`,
      })),
      ...additions.map((block) => ({
        cidr: block.cidr,
        cidrs: [block.cidr],
        block,
        sentence: `run ${this.#config.add[0] ?? ""} to add ${block.cidr}`,
      })),
    ];
  }

  async apply({ cidr, block }: CommandChange): Promise<void> {
    const { add, remove, timeout } = this.#config;
    if (block === undefined) {
      await runProgram({ argv: wordsOf(remove, { cidr, untilMs: undefined }, this.#clock.nowMs()), timeoutMs: timeout });
      this.#memory.delete(this.#prefix + cidr);
      return;
    }
    // With a list to read, what was begun is remembered first: an addition we did not live to see is known as ours.
    if (this.#config.list !== undefined) this.#memory.set(this.#prefix + cidr, block.untilMs ?? null);
    await runProgram({ argv: wordsOf(add, block, this.#clock.nowMs()), timeoutMs: timeout });
    this.#memory.set(this.#prefix + cidr, block.untilMs ?? null);
  }

  /** What is blocked stays so. */
  async close(): Promise<void> {}

  #read(text: string): Set<string> {
    const there = new Set<string>();
    for (const line of text.split("\n")) {
      const [word = ""] = line.trim().split(/\s/, 1);
      const cidr = parseCidr(word);
      if (cidr !== undefined) there.add(cidr.toString());
      else if (word !== "") this.#unread.add();
    }
    return there;
  }

  #remembered(): Map<string, number | null> {
    return new Map(
      [...this.#memory.entries(this.#prefix)].map(([cidr, end]): [string, number | null] => [cidr, typeof end === "number" ? end : null]),
    );
  }

  get #prefix(): string {
    return `command ${this.#config.id} `;
  }
}
