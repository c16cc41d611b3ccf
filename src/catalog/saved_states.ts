import type { Log } from "../kit/index.ts";
import { SharedStates } from "../sql/core.ts";
import type { Query } from "./query.ts";
import type { Target } from "./target.ts";

/** The states of targets and statements that a checkpoint has, until they are taken up by those of their names. */
export class SavedStates {
  readonly #log: Log;
  #saved = new Map<string, Uint8Array>();
  /** What several queries had in common. */
  #shared = new SharedStates(() => undefined);

  constructor(log: Log) {
    this.#log = log;
  }

  restore(saved: ReadonlyMap<string, Uint8Array>): void {
    this.#saved = new Map(saved);
    this.#shared = new SharedStates((id) => this.#saved.get(sharedKey(id)));
  }

  /** What nobody has taken up yet is still somebody's: a query may be waiting for its target. */
  save(targets: Iterable<Target>, queries: Iterable<Query>): Map<string, Uint8Array> {
    const saved = new Map(this.#saved);
    for (const target of targets) if (target.nowMs !== undefined) saved.set(targetKey(target.name), target.save());
    for (const query of queries) {
      saved.set(outputKey(query.name), query.saveOutput());
      const state = query.saveState();
      if (state === undefined) continue;
      saved.set(statementKey(query.name), state.statement);
      const { shared } = state;
      if (shared !== undefined && !saved.has(sharedKey(shared.id))) saved.set(sharedKey(shared.id), shared.save());
    }
    return saved;
  }

  /** All queries are there: what is left of any but `names` is given up. Returns the names of those it was of. */
  end(names: ReadonlySet<string>): string[] {
    const namesUnder = (prefix: string): string[] =>
      [...this.#saved.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    const left = namesUnder(STATEMENT_PREFIX);
    const gone = left.filter((name) => !names.has(name));
    for (const name of [...gone, ...namesUnder(OUTPUT_PREFIX).filter((one) => !names.has(one))]) this.forgetQuery(name);
    // Nobody is left who could ask for what queries had in common, unless one of them waits.
    if (left.length === gone.length) for (const key of this.#saved.keys()) if (key.startsWith(SHARED_PREFIX)) this.#saved.delete(key);
    return gone;
  }

  takeTarget(target: Target): void {
    const saved = this.#saved.get(targetKey(target.name));
    if (saved === undefined) return;
    this.#saved.delete(targetKey(target.name));
    if (!target.restore(saved)) this.#log.warn(`target "${target.name}" starts afresh: its state was written by another version.`);
  }

  /** What the query has given comes back to it, whether it runs by now or waits. */
  takeOutput(query: Query): void {
    const output = this.#saved.get(outputKey(query.name));
    if (output === undefined) return;
    this.#saved.delete(outputKey(query.name));
    query.restoreOutput(output);
  }

  /** True if the statement of the query goes on from there. */
  takeState(query: Query): boolean {
    const statement = this.#saved.get(statementKey(query.name));
    if (statement === undefined) return false;
    this.#saved.delete(statementKey(query.name));
    if (query.restoreState(statement, this.#shared)) return true;
    this.#log.warn(`query "${query.name}" starts with an empty window: what was kept is of another text or version of it.`);
    return false;
  }

  /** A query that comes under this name later is another one. */
  forgetQuery(name: string): void {
    this.#saved.delete(statementKey(name));
    this.#saved.delete(outputKey(name));
  }
}

function targetKey(name: string): string {
  return `target/${name}`;
}

function statementKey(name: string): string {
  return `${STATEMENT_PREFIX}${name}`;
}

function outputKey(name: string): string {
  return `${OUTPUT_PREFIX}${name}`;
}

function sharedKey(id: string): string {
  return `${SHARED_PREFIX}${id}`;
}

const SHARED_PREFIX = "query/shared/";
const OUTPUT_PREFIX = "query/output/";
const STATEMENT_PREFIX = "query/statement/";
