/** What is known of a partition when it is begun. */
export interface KnownPartition {
  /** By the checkpoint: the next record. */
  readonly own: number | undefined;
  /** By the group: as far as one of its members has a checkpoint. */
  readonly committed: number | undefined;
  /** The first record that is there. */
  readonly low: number;
  /** Behind the last one. */
  readonly high: number;
  readonly from: "end" | "start";
}

export interface PartitionStart {
  readonly next: number;
  /** Records that were to be read and are there no more. */
  readonly lost: number;
  /** It ends before what had been read: it was made anew. */
  readonly isAnew: boolean;
}

/**
 * Where reading begins. The checkpoint and the group may both know, and then the later one is right: what is committed stands in the checkpoint
 * of some member, so a group that is further means that another one read on, and one that is not has yet to be told.
 */
export function startOf({ own, committed, low, high, from }: KnownPartition): PartitionStart {
  if (own === undefined && committed === undefined) return { next: from === "start" ? low : high, lost: 0, isAnew: false };
  const next = Math.max(own ?? 0, committed ?? 0);
  if (next > high) return { next: low, lost: 0, isAnew: true };
  return { next: Math.max(next, low), lost: Math.max(low - next, 0), isAnew: false };
}
