import type { Batch } from "../event/index.ts";
import { stopwatchMs } from "../kit/index.ts";
import { SharedStatements } from "../sql/core.ts";
import type { Statement } from "../sql/index.ts";
import type { Query } from "./query.ts";
import type { VisibleRows } from "./visible_rows.ts";

/**
 * The queries of one target that take its events together, so that what they have in common is worked out once. Those that see the same
 * events share: the ones that ask for the same of the fields that not every event has.
 */
export class SharedQueries {
  readonly #crowds = new Map<string, Crowd>();
  readonly #members = new Map<Query, { readonly crowd: Crowd; readonly statement: Statement }>();

  /** `required`: the slots of the fields that an event must have for the query to see it. */
  add(query: Query, required: readonly number[]): void {
    const { statement } = query;
    if (statement === undefined) return;
    const key = required.join();
    let crowd = this.#crowds.get(key);
    if (crowd === undefined) this.#crowds.set(key, (crowd = { required, statements: new SharedStatements({ stopwatchMs }) }));
    const { statements } = crowd;
    statements.add({ statement, broke: (thrown) => query.broke(thrown), worked: (durationMs) => query.worked(durationMs) });
    query.countBy(() => statements.events);
    this.#members.set(query, { crowd, statement });
  }

  remove(query: Query): void {
    const member = this.#members.get(query);
    if (member === undefined) return;
    const { statements, required } = member.crowd;
    this.#members.delete(query);
    statements.remove(member.statement);
    query.countBy(undefined);
    if (statements.size > 0) return;
    statements.close();
    this.#crowds.delete(required.join());
  }

  /** As `Query.begin`, of all. */
  begin(startMs: number): void {
    for (const [query, { crowd, statement }] of this.#members) {
      query.begin(startMs);
      // It may have begun with another statement, which knows what time it is.
      if (query.statement === statement) continue;
      this.remove(query);
      this.add(query, crowd.required);
    }
  }

  accept(batch: Batch, visible: VisibleRows): void {
    for (const { required, statements } of this.#crowds.values()) {
      const seen = visible.of(batch, required);
      if (seen !== undefined) statements.accept(seen);
    }
  }

  /** Time has come to `timeMs`: those that are due fire; with `always` all of them are told. */
  advanceTo(timeMs: number, always: boolean): void {
    for (const { statements } of this.#crowds.values()) {
      const dueMs = statements.nextDueMs();
      if (always || (dueMs !== undefined && dueMs <= timeMs)) statements.advanceTo(timeMs, always);
    }
  }
}

interface Crowd {
  readonly required: readonly number[];
  readonly statements: SharedStatements;
}
