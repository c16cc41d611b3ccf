import type { Positions } from "../../component/index.ts";

/** A part of a topic, in which records stand in an order. */
export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

/** How far each partition has been read, kept in the checkpoint: the offset of the record that comes next. */
export class PartitionPositions {
  readonly #positions: Positions;
  readonly #group: string;

  constructor(positions: Positions, group: string) {
    this.#positions = positions;
    this.#group = group;
  }

  /** Undefined for a partition of which nothing is known. */
  next(partition: Partition): number | undefined {
    return offsetOf(this.#positions.get(this.#keyOf(partition)));
  }

  /** As `next` stands in the last checkpoint: what was read before that is never read again. */
  durable(partition: Partition): number | undefined {
    return offsetOf(this.#positions.durable(this.#keyOf(partition)));
  }

  set(partition: Partition, next: number): void {
    this.#positions.set(this.#keyOf(partition), { next });
  }

  /** Somebody else of the group reads it now. */
  delete(partition: Partition): void {
    this.#positions.delete(this.#keyOf(partition));
  }

  #keyOf({ topic, partition }: Partition): string {
    return `kafka:${this.#group}:${topic}:${partition}`;
  }
}

/** Another version may have written it. */
function offsetOf(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null || !("next" in value)) return undefined;
  const { next } = value;
  return typeof next === "number" && Number.isSafeInteger(next) && next >= 0 ? next : undefined;
}

/** Names a partition among others: `access/0`. */
export function partitionName({ topic, partition }: Partition): string {
  return `${topic}/${partition}`;
}
