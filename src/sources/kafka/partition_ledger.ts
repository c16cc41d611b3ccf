import type { Admin } from "kafkajs";
import type { SourceContext } from "../../component/index.ts";
import type { Counter } from "../../kit/index.ts";
import { type Partition, partitionName, type PartitionPositions } from "./partition_positions.ts";
import { startOf } from "./partition_start.ts";

/** A partition and the offset of the record that comes next. */
export interface PartitionOffset extends Partition {
  readonly next: number;
}

export interface PartitionLedgerOptions {
  readonly context: SourceContext;
  readonly positions: PartitionPositions;
  readonly group: string;
  readonly from: "end" | "start";
}

/** What is known of partitions: which are ours, how far they are read, what the group was told, and what there is. */
export class PartitionLedger {
  readonly #options: PartitionLedgerOptions;
  readonly #lost: Counter;
  readonly #known = new Map<string, KnownOffsets>();
  #assigned = new Map<string, Partition>();

  constructor(options: PartitionLedgerOptions) {
    this.#options = options;
    const { counters, name } = options.context;
    this.#lost = counters.counter("kafka_records_lost", "Records that were deleted before they were read.", { source: name });
  }

  /** Records that are there and not read, of the partitions that are ours, as far as was seen. */
  get behind(): number {
    let behind = 0;
    for (const [name, partition] of this.#assigned) {
      const next = this.#options.positions.next(partition);
      if (next !== undefined) behind += Math.max((this.#known.get(name)?.high ?? 0) - next, 0);
    }
    return behind;
  }

  isAssigned(partition: Partition): boolean {
    return this.#assigned.has(partitionName(partition));
  }

  /**
   * These are ours from now on. Gives where to read on, for those of which that is known; the others begin where the group says, as somebody else
   * may have read them meanwhile.
   */
  assign(partitions: readonly Partition[]): PartitionOffset[] {
    const { positions } = this.#options;
    this.#assigned = new Map(partitions.map((partition) => [partitionName(partition), partition]));
    const begun = partitions.flatMap((partition) => {
      const next = positions.next(partition) ?? this.#known.get(partitionName(partition))?.start;
      return next === undefined ? [] : [{ ...partition, next }];
    });
    for (const [name, known] of this.#known) {
      if (!this.#assigned.has(name)) positions.delete(known.partition);
      known.start = undefined;
    }
    for (const { next, ...partition } of begun) positions.set(partition, next);
    return begun;
  }

  /** A batch begins at `first`, and its partition ends before `high`. */
  meet(partition: Partition, high: number, first: number): void {
    const known = this.#knownOf(partition);
    known.high = high;
    const next = this.#options.positions.next(partition);
    // Compaction leaves gaps too: which it was is seen when it is looked where the partition begins.
    if (next !== undefined && first > next && known.gap === undefined) known.gap = { from: next, to: first };
  }

  /** What is on the disk and was not told to the group. */
  uncommitted(): PartitionOffset[] {
    return [...this.#assigned].flatMap(([name, partition]) => {
      const next = this.#options.positions.durable(partition);
      const isNew = next !== undefined && next > (this.#known.get(name)?.committed ?? -1);
      return isNew ? [{ ...partition, next }] : [];
    });
  }

  /** The group was told. */
  committed(offsets: readonly PartitionOffset[]): void {
    for (const offset of offsets) this.#knownOf(offset).committed = offset.next;
  }

  /** Looks where each partition begins and ends, and where to begin with it, before the group is joined. */
  async begin(admin: Admin, topics: readonly string[]): Promise<void> {
    const { positions, group, from } = this.#options;
    const committed = new Map<string, number>();
    for (const { topic, partitions } of await admin.fetchOffsets({ groupId: group, topics: [...topics] })) {
      for (const { partition, offset } of partitions) {
        if (Number(offset) >= 0) committed.set(partitionName({ topic, partition }), Number(offset));
      }
    }
    for (const { partition, known, low, high } of await this.#look(admin, topics)) {
      known.committed = committed.get(partitionName(partition));
      this.#begin(known, { own: positions.next(partition), committed: known.committed, low, high, from });
    }
  }

  /** Looks at those that are ours. True when one of them ends before what was read of it, so that all have to be begun anew. */
  async look(admin: Admin, topics: readonly string[]): Promise<boolean> {
    let isAnyAnew = false;
    for (const { partition, known, low, high } of await this.#look(admin, topics)) {
      if (!this.isAssigned(partition)) continue;
      this.#countGap(known, low);
      isAnyAnew ||= (this.#options.positions.next(partition) ?? 0) > high;
    }
    return isAnyAnew;
  }

  /** They are no longer ours, and stay where they are: the group was left. */
  release(): void {
    this.#assigned.clear();
  }

  async #look(admin: Admin, topics: readonly string[]) {
    const looked = [];
    for (const topic of topics) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        const known = this.#knownOf({ topic, partition });
        known.high = Number(high);
        looked.push({ partition: known.partition, known, low: Number(low), high: Number(high) });
      }
    }
    return looked;
  }

  #begin(known: KnownOffsets, from: Parameters<typeof startOf>[0]): void {
    const { context, positions } = this.#options;
    const { next, lost, isAnew } = startOf(from);
    known.start = next;
    // What stands in the checkpoint is of what somebody else has read since, or of what is there no more.
    if (from.own !== undefined) positions.set(known.partition, next);
    this.#countLost(lost);
    if (!isAnew) return;
    const name = partitionName(known.partition);
    context.log.warn(`${context.name}: ${name} ends before what was read of it, so it was made anew; it is read from its beginning.`);
  }

  #countGap(known: KnownOffsets, low: number): void {
    const { gap } = known;
    known.gap = undefined;
    if (gap !== undefined) this.#countLost(Math.max(Math.min(low, gap.to) - gap.from, 0));
  }

  #countLost(lost: number): void {
    const { context } = this.#options;
    if (lost === 0) return;
    this.#lost.add(lost);
    context.log.warn(`${context.name}: ${lost} records were deleted before they were read (${this.#lost.value} so far).`);
  }

  #knownOf({ topic, partition: number }: Partition): KnownOffsets {
    const partition = { topic, partition: number };
    const name = partitionName(partition);
    let known = this.#known.get(name);
    if (known === undefined) {
      known = { partition };
      this.#known.set(name, known);
    }
    return known;
  }
}

interface KnownOffsets {
  readonly partition: Partition;
  /** Where reading begins if it is ours when the group is joined. */
  start?: number | undefined;
  high?: number;
  committed?: number | undefined;
  /** Offsets that were passed over. */
  gap?: { readonly from: number; readonly to: number } | undefined;
}
