import type { Enforcer, EnforcerChange, WantedBlock } from "../component/index.ts";
import { HotakaError } from "../kit/index.ts";
import type { ExpiringTable, TableEntry } from "../tables/index.ts";

interface TableChange extends EnforcerChange {
  readonly wanted: WantedBlock | undefined;
}

/** The entries of this enforcer, by CIDR. */
type Observed = ReadonlyMap<string, TableEntry>;

/** The blocks as entries of a table of the daemon. What others put there is left alone and counts against its room. */
export class TableBlocks implements Enforcer<Observed, TableChange> {
  readonly #table: ExpiringTable;

  constructor(held: ExpiringTable) {
    this.#table = held;
  }

  get capacity(): number {
    const foreign = this.#table.size - this.#table.countOf(OWNER);
    return Math.max(0, this.#table.entriesMax - foreign);
  }

  async observe(): Promise<Observed> {
    const own = this.#table.entries().filter(({ owner }) => owner === OWNER);
    return new Map(own.map((entry) => [entry.key, entry]));
  }

  async observeOnly(cidrs: readonly string[]): Promise<Observed> {
    return new Map(
      cidrs.flatMap((cidr): [string, TableEntry][] => {
        const entry = this.#table.get(cidr);
        return entry?.owner === OWNER ? [[cidr, entry]] : [];
      }),
    );
  }

  plan(wanted: readonly WantedBlock[], own: Observed): TableChange[] {
    const wantedCidrs = new Set(wanted.map(({ cidr }) => cidr));
    const removals = [...own.keys()].filter((cidr) => !wantedCidrs.has(cidr));
    const additions = wanted.filter(({ cidr, untilMs }) => {
      const entry = own.get(cidr);
      return entry === undefined || entry.untilMs !== untilMs || entry.value !== VALUE;
    });
    return [
      ...removals.map((cidr) => ({ cidrs: [cidr], wanted: undefined, sentence: `remove ${cidr}` })),
      ...additions.map((block) => ({
        cidrs: [block.cidr],
        wanted: block,
        sentence: `${own.has(block.cidr) ? "change" : "add"} ${block.cidr}${endOf(block)}`,
      })),
    ];
  }

  async apply({ cidrs: [cidr = ""], wanted }: TableChange): Promise<void> {
    const entry = this.#table.get(cidr);
    if (entry !== undefined && entry.owner !== OWNER) {
      throw new HotakaError(
        "HOTAKA_ENFORCER_FAILED",
        `table ${this.#table.name} holds an entry for ${cidr} by ${entry.owner}, which was left alone.`,
      );
    }
    if (wanted === undefined) this.#table.delete(cidr);
    else if (!this.#table.set({ key: cidr, value: VALUE, untilMs: wanted.untilMs, owner: OWNER })) {
      throw new HotakaError(
        "HOTAKA_ENFORCER_FAILED",
        `table ${this.#table.name} did not take ${cidr}: it is full with ${this.#table.size} entries, or the block has ended.`,
      );
    }
  }

  /** The entries stay: what was blocked stays blocked while the daemon reads its settings anew. */
  async close(): Promise<void> {}
}

function endOf({ untilMs }: WantedBlock): string {
  return untilMs === undefined ? " for good" : ` until ${new Date(untilMs).toISOString()}`;
}

const OWNER = "blocks";
const VALUE = "blocked";
