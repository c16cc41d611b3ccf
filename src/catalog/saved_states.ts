import type { Log } from "../kit/index.ts";
import type { Query } from "./query.ts";
import type { Target } from "./target.ts";

/** The states of targets and statements that a checkpoint has, until they are taken up by those of their names. */
export class SavedStates {
  readonly #log: Log;
  #saved = new Map<string, Uint8Array>();

  constructor(log: Log) {
    this.#log = log;
  }

  restore(saved: ReadonlyMap<string, Uint8Array>): void {
    this.#saved = new Map(saved);
  }

  /** What nobody has taken up yet is still somebody's: a query may be waiting for its target. */
  save(targets: Iterable<Target>, queries: Iterable<Query>): Map<string, Uint8Array> {
    const saved = new Map(this.#saved);
    for (const target of targets) if (target.nowMs !== undefined) saved.set(targetKey(target.name), target.save());
    for (const query of queries) {
      const image = query.save();
      if (image === undefined) continue;
      saved.set(statementKey(query.name), image.statement);
      saved.set(outputKey(query.name), image.output);
    }
    return saved;
  }

  /** All queries are there: what is left of any but `names` is given up. Returns the names of those it was of. */
  end(names: ReadonlySet<string>): string[] {
    const left = [...this.#saved.keys()].filter((key) => key.startsWith(STATEMENT_PREFIX)).map((key) => key.slice(STATEMENT_PREFIX.length));
    const gone = left.filter((name) => !names.has(name));
    for (const name of gone) this.forgetQuery(name);
    return gone;
  }

  takeTarget(target: Target): void {
    const saved = this.#saved.get(targetKey(target.name));
    if (saved === undefined) return;
    this.#saved.delete(targetKey(target.name));
    if (!target.restore(saved)) this.#log.warn(`target "${target.name}" starts afresh: its state was written by another version.`);
  }

  /** True if the query goes on from there. */
  takeQuery(query: Query): boolean {
    const statement = this.#saved.get(statementKey(query.name));
    const output = this.#saved.get(outputKey(query.name));
    if (statement === undefined) return false;
    this.forgetQuery(query.name);
    if (query.restore({ statement, output })) return true;
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
  return `query/output/${name}`;
}

const STATEMENT_PREFIX = "query/statement/";
