/** What a query reads of its targets as a whole, by target. */
export interface Reading {
  /**
   * The fields that an event must have for the query to see it: all that it names, but for those that stand in NULLABLE(field) somewhere,
   * which are then null.
   */
  readonly required: ReadonlyMap<string, ReadonlySet<string>>;
  /** The targets of which every field is shown: with `*` it is another query when one is added. */
  readonly wildcards: ReadonlySet<string>;
}
