import type { AggregatePlan } from "../plan/plan.ts";
import type { GroupCore } from "./group_core.ts";
import { ARGUMENTS_MAX } from "./group_running.ts";
import { aggregatesOf } from "./restored_core.ts";

/**
 * The cores of one stream by what their groups are of. A query that comes later than another has seen fewer events; as soon as both windows
 * hold the same, one core is enough for both.
 */
export class CoreFamilies {
  readonly #families = new Map<string, Set<GroupCore>>();
  /** Families with more than one core. */
  readonly #several = new Set<Set<GroupCore>>();
  #looksLeft = 0;
  readonly #lookEvery: number;

  /** `lookEvery`: batches from one look for equal cores to the next, unless a statement comes. */
  constructor(lookEvery: number) {
    this.#lookEvery = lookEvery;
  }

  add(core: GroupCore): void {
    let family = this.#families.get(core.identity);
    if (family === undefined) this.#families.set(core.identity, (family = new Set()));
    family.add(core);
    if (family.size < 2) return;
    this.#several.add(family);
    this.#looksLeft = 0;
  }

  delete(core: GroupCore): void {
    const family = this.#families.get(core.identity);
    if (family?.delete(core) !== true) return;
    if (family.size < 2) this.#several.delete(family);
    if (family.size === 0) this.#families.delete(core.identity);
  }

  /** Cores that hold the same, with the one that may take the place of all of them. Looked for every so often. */
  *joinable(): Generator<readonly [readonly GroupCore[], GroupCore]> {
    if (this.#several.size === 0 || this.#looksLeft-- > 0) return;
    this.#looksLeft = this.#lookEvery - 1;
    for (const family of Array.from(this.#several)) {
      const equal = new Map<string, GroupCore[]>();
      for (const core of family) {
        core.catchUp();
        const { contents } = core;
        if (contents !== undefined) listAt(equal, contents).push(core);
      }
      for (const cores of equal.values()) {
        const joined = cores.length < 2 ? undefined : joinedCore(cores);
        if (joined !== undefined) yield [cores.filter((core) => joined.covers(wantedOf([core]))), joined];
      }
    }
  }
}

/** One that has what all need: one of them, or while they are empty a new one with room for everything. */
function joinedCore(cores: readonly GroupCore[]): GroupCore | undefined {
  const [largest] = cores.toSorted((left, right) => right.aggregates.length - left.aggregates.length);
  if (largest === undefined || largest.covers(wantedOf(cores))) return largest;
  if (!largest.runtime.isEmpty) return largest;
  const aggregates = wantedOf(cores);
  return aggregates.length > ARGUMENTS_MAX ? largest : largest.emptyWith(aggregates, cores);
}

/**
 * The aggregates of the statements that there are. A core may keep others of statements that are gone, whose fields nobody asks for any more.
 */
function wantedOf(cores: readonly GroupCore[]): AggregatePlan[] {
  return aggregatesOf(cores.flatMap(({ statements }) => [...statements.keys()].map(({ plan }) => plan)));
}

function listAt(lists: Map<string, GroupCore[]>, key: string): GroupCore[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, (list = []));
  return list;
}
