/**
 * Somewhere that things are kept as they are wanted: a firewall, a table, a service. `Item` is one thing wanted, `Observed` whatever the
 * place holds now, `Change` one step that can be applied by itself (of one item, or of many where the place takes a batch).
 */
export interface Place<Item, Observed, Change> {
  /** Items it can hold; undefined where nothing but memory bounds it. */
  readonly capacity: number | undefined;
  observe(): Promise<Observed>;
  /** Pure: the changes that turn what is there into what is wanted, in the order to apply them. Never touches what is not its own. */
  plan(wanted: readonly Item[], observed: Observed): readonly Change[];
  /** Applies one change. Idempotent. */
  apply(change: Change): Promise<void>;
}

/** What a keeper must know of items and changes. */
export interface Naming<Item, Change> {
  keyOf(item: Item): string;
  /** Higher comes first where room is short. */
  priorityOf(item: Item): number;
  /** The items that a change is about. */
  keysOf(change: Change): readonly string[];
}

/**
 * How an item stands at a place. `enforced`: it was there when the place was last read. `pending`: not tried yet. `over_capacity`: the
 * place is full of what is more important. `failed`: tried, and `why` it is not so, or is there and could not be taken away.
 */
export interface ItemState {
  readonly state: "enforced" | "pending" | "over_capacity" | "failed";
  readonly why: string | undefined;
  /** Since when it stands so (epoch ms). */
  readonly sinceMs: number;
}
