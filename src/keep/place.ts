/**
 * Somewhere that things are kept as they are wanted: a firewall, a table, a service. `Item` is one thing wanted, `Observed` whatever the
 * place holds now, `Change` one step that can be applied by itself (of one item, or of many where the place takes a batch).
 */
export interface Place<Item, Observed, Change> {
  /** Items it can hold; undefined where nothing but memory bounds it. */
  readonly capacity: number | undefined;
  observe(): Promise<Observed>;
  /**
   * As `observe`, of these items alone: what a change of a few among many costs. Only for a place where no item stands in the way of
   * another. Undefined when it cannot tell, and all of it has to be read.
   */
  observeOnly?(keys: readonly string[]): Promise<Observed | undefined>;
  /** Pure: fits what is wanted into the room that was observed. A place without it takes as many as `capacity` says, by priority. */
  fit?(wanted: readonly Item[], observed: Observed): Fit<Item>;
  /** Pure: the changes that turn what is there into what is wanted, in the order to apply them. Never touches what is not its own. */
  plan(wanted: readonly Item[], observed: Observed): readonly Change[];
  /** Applies one change. Idempotent. */
  apply(change: Change): Promise<void>;
}

/** What of all that is wanted a place is to hold. */
export interface Fit<Item> {
  readonly within: readonly Item[];
  /** The keys of those it has no room for, each with the reason. */
  readonly beyond: ReadonlyMap<string, string>;
  /** The keys of those that another item stands for, each with the key of that one, which is within. */
  readonly covered: ReadonlyMap<string, string>;
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
