import {
  type ActionDefinition,
  type Declared,
  type Definition,
  missingPackage,
  pathText,
  type SettingsDocument,
  type SettingsPath,
  type SettingsProblem,
  type SourceDefinition,
} from "../component/index.ts";
import { type QueryDefinition, unknownTargetOf } from "../catalog/index.ts";
import { type FieldType, Schema } from "../event/index.ts";
import { compileMatch, didYouMean, HotakaError, isLoopbackHost, type Match, messageOf, nearest } from "../kit/index.ts";
import { fieldTypeOf, type OwnDefinitions, planOf } from "../sql/index.ts";
import type { Routing } from "../routes/index.ts";
import { answerLoops, type AnsweringAction } from "./answer_loops.ts";
import { targetsOf } from "./source_targets.ts";
import { type DecisionTargets, RowFields } from "./decision_targets.ts";

interface Exposed {
  readonly listen: { readonly host: string };
  readonly open_to_network: boolean;
}

/** What is found in settings whose every value is of its kind: whether they fit together. */
export class Findings {
  readonly problems: SettingsProblem[] = [];
  /** Allowed, and yet likely a mistake. */
  readonly warnings: SettingsProblem[] = [];
  readonly #document: SettingsDocument;
  readonly #queries: string[] = [];
  /** The names of the targets that decisions re-enter by. */
  readonly #decisions: readonly string[];
  readonly #rowFields = new RowFields();
  /** Of each query whose SQL is right and whose targets are known. */
  readonly #columns = new Map<string, readonly string[]>();
  /** What each of those reads and feeds. */
  readonly #ways = new Map<string, { readonly reads: readonly string[]; readonly feeds: string | undefined }>();
  readonly #own: OwnDefinitions | undefined;

  constructor(document: SettingsDocument, { blocked, detected }: DecisionTargets, own: OwnDefinitions | undefined) {
    this.#own = own;
    this.#document = document;
    this.#decisions = [blocked, detected].filter((target) => target !== undefined);
  }

  /** The fields that events of decisions may have, as far as the queries tell. */
  get decisionFields(): ReadonlyMap<string, FieldType> {
    return this.#rowFields.all();
  }

  /** What a component works with is installed. */
  checkPackages(kind: string, components: readonly Declared<Definition<unknown>>[]): void {
    for (const [index, { definition }] of components.entries()) {
      for (const needed of definition.needs ?? []) {
        const missing = missingPackage(definition.name, needed);
        if (missing !== undefined) this.#problem("HOTAKA_PACKAGE_MISSING", [kind, index, definition.name], missing);
      }
    }
  }

  /**
   * Every query has a name of its own, and its SQL fits the fields of the targets that the sources name, or of decisions. One that reads
   * another target waits for it, as clients may send to any; where that name is near a known one it is a mistake, unless it is one of `named`.
   */
  checkQueries(
    queries: readonly CheckedQuery[],
    sources: readonly Declared<SourceDefinition<unknown>>[],
    { named, ...tagged }: Tagged & { readonly named: ReadonlySet<string> },
  ): void {
    const { schemas, areAllKnown } = this.#targetsOf(sources, tagged);
    for (const [index, query] of queries.entries()) this.#checkName(query, index);
    // A query may read what another gives by INSERT INTO, in whatever order they stand. What watches decisions is looked at last: the rows
    // of the others say what fields those have.
    const last = this.#checkInTurn([...queries.entries()], schemas);
    for (const target of this.#decisions) {
      const schema = schemas.get(target) ?? new Schema(target);
      for (const [field, type] of this.decisionFields) if (schema.field(field) === undefined) schema.add(field, type);
      schemas.set(target, schema);
    }
    // Events may name a target that no source does, and LOOPBACK opens one for events of any shape; the query waits for it.
    const feedsBack = queries.some(({ group }) => group?.startsWith("LOOPBACK(") === true);
    const left = this.#checkInTurn(last, schemas);
    if (!areAllKnown || feedsBack) return;
    const waiting = new Map<string, WaitingQuery[]>();
    for (const [index, query] of left) {
      const thrown = this.#checkSql(query, index, schemas);
      if (thrown === undefined) continue;
      const target = unknownTargetOf(thrown) ?? "";
      const found = { name: query.name, problem: this.#problemOfSql(thrown, index, query.place) };
      if (!named.has(target) && nearest(target, schemas.keys()) !== undefined) this.#refuseWaiting(found, target);
      else waiting.set(target, [...(waiting.get(target) ?? []), found]);
    }
    for (const [target, found] of waiting) this.#warnOfWaiting(found, target);
  }

  /** The pattern can be read. */
  checkTags(pattern: string, path: SettingsPath): Match {
    try {
      return compileMatch(pattern);
    } catch (thrown) {
      if (!(thrown instanceof HotakaError)) throw thrown;
      this.#problem(thrown.code, path, thrown.message);
      return () => false;
    }
  }

  /** The pattern can be read. One that fits no query, nor a target of decisions where the action may answer those, is a warning. */
  checkMatch(pattern: string, index: number, { decides = false }: Pick<ActionDefinition<unknown>, "decides">, given: GivenTags): Match {
    try {
      const match = compileMatch(pattern);
      const fits: Match = decides ? (name) => match(name) && !this.#decisions.includes(name) : match;
      const own = given.own.find((tag) => match(tag));
      if (own !== undefined) {
        const sentence = `actions[${index}].match: "${pattern}" fits "${own}", the tag of what this action gives back: it would answer itself for ever. Give its results another tag.`;
        this.#problem("HOTAKA_CONFIG_INVALID", ["actions", index, "match"], sentence);
      }
      if (![...this.#queries, ...this.#decisions, ...given.all].some((name) => fits(name))) {
        const sentence = `actions[${index}].match: "${pattern}" fits no query, so this action answers nothing.${didYouMean(pattern, this.#queries)}`;
        this.warnings.push(this.#document.problem("HOTAKA_CONFIG_INVALID", ["actions", index, "match"], sentence));
      }
      return fits;
    } catch (thrown) {
      if (!(thrown instanceof HotakaError)) throw thrown;
      this.#problem(thrown.code, ["actions", index, "match"], thrown.message);
      return () => false;
    }
  }

  /** No two actions answer each other's tags. */
  checkAnswerLoops(actions: readonly AnsweringAction[]): void {
    for (const [first = 0, ...others] of answerLoops(actions)) {
      const way = [first, ...others, first].map((index) => `actions[${index}]`).join(" -> ");
      const sentence = `actions[${first}].match: ${way}: each answers what the one before gives back, so they would answer each other for ever. Give the results of one another tag, or a match that leaves them out.`;
      this.#problem("HOTAKA_CONFIG_INVALID", ["actions", first, "match"], sentence);
    }
  }

  /** Every query that an action answers gives the columns that the action reads. */
  checkColumns({ definition, config, fits }: Declared<ActionDefinition<unknown>> & { readonly fits: Match }, index: number): void {
    for (const column of definition.reads?.(config) ?? []) {
      for (const [query, columns] of this.#columns) {
        if (!fits(query) || columns.includes(column)) continue;
        const found = `${columns.map((name) => `"${name}"`).join(", ")} from query "${query}"`;
        const sentence = `${pathText(["actions", index, definition.name])}: column "${column}" was wanted; ${found} was found.${didYouMean(column, columns)}`;
        this.#problem("HOTAKA_CONFIG_INVALID", ["actions", index, definition.name], sentence);
      }
    }
  }

  /**
   * A query that reads decisions, itself or by way of others, and whose rows lead to decisions would feed itself without end. What it
   * decides is kept from the queries that read decisions, and that is said.
   */
  checkCircle({ definition, fits }: Declared<ActionDefinition<unknown>> & { readonly fits: Match }, index: number): void {
    if (definition.decides !== true) return;
    for (const query of this.#ways.keys()) {
      const way = fits(query) ? this.#wayFromDecisions(query, [query]) : undefined;
      if (way === undefined) continue;
      const names = way.map((name) => `"${name}"`).join(" -> ");
      const sentence = `actions[${index}]: query "${query}" reads decisions (${names}) and leads to some. What it decides is done, but not given back as events to queries: each would make another, without end.`;
      this.warnings.push(this.#document.problem("HOTAKA_CONFIG_INVALID", ["actions", index, "match"], sentence));
    }
  }

  /** The way from a target of decisions to a query, by what feeds what; undefined when there is none. */
  #wayFromDecisions(query: string, way: readonly string[]): readonly string[] | undefined {
    for (const target of this.#ways.get(query)?.reads ?? []) {
      if (this.#decisions.includes(target)) return [target, ...way];
      for (const [feeder, { feeds }] of this.#ways) {
        if (feeds !== target || way.includes(feeder)) continue;
        const found = this.#wayFromDecisions(feeder, [feeder, target, ...way]);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** Nothing listens where others can reach it unless there are credentials, or that is said in so many words. */
  checkServer(server: Exposed, rpc: Exposed): void {
    if (!server.open_to_network && !isLoopbackHost(server.listen.host)) {
      const sentence = `server.listen: ${server.listen.host} can be reached from other machines, so the daemon starts only when there is a token. \`hotaka token create NAME\` makes one.`;
      this.warnings.push(this.#document.problem("HOTAKA_CONFIG_INVALID", ["server", "listen"], sentence));
    }
    if (rpc.open_to_network || isLoopbackHost(rpc.listen.host)) return;
    const sentence = `rpc.listen: ${rpc.listen.host} can be reached from other machines, and the RPC of Norikra has no login: whoever reaches it may do all of it. Listen on 127.0.0.1, or add open_to_network: true.`;
    this.#problem("HOTAKA_CONFIG_INVALID", ["rpc", "listen"], sentence);
  }

  #checkName({ name, place }: CheckedQuery, index: number): void {
    const first = this.#queries.indexOf(name);
    this.#queries.push(name);
    if (first < 0) return;
    // A pack's query cannot be renamed, but it can be left out.
    const otherwise = place === undefined ? "Give this one another" : `Rename that one, or name it in \`without\` of ${pathText(place)}`;
    const sentence = `"${name}" is the name of queries[${first}] already. ${otherwise}.`;
    this.#problem("HOTAKA_CONFIG_DUPLICATE", place ?? ["queries", index, "name"], sentence);
  }

  /** Checks what can be checked, again and again as queries make targets. Returns the queries whose targets nobody makes. */
  #checkInTurn(queries: readonly (readonly [number, CheckedQuery])[], schemas: Map<string, Schema>): (readonly [number, CheckedQuery])[] {
    const left = queries.filter(([index, query]) => this.#checkSql(query, index, schemas) !== undefined);
    return left.length === queries.length || left.length === 0 ? left : this.#checkInTurn(left, schemas);
  }

  /** Gives the error of a target that nobody has made so far; others are problems. */
  #checkSql({ name, sql, place, budget }: CheckedQuery, index: number, schemas: Map<string, Schema>): HotakaError | undefined {
    try {
      const { items, insertInto, streams, subqueries } = planOf({ name, text: sql, schemas, inserts: () => false, own: this.#own, budget });
      if (insertInto !== undefined && !schemas.has(insertInto.target)) {
        const fields = Object.fromEntries(insertInto.fields.map((field) => [field.name, field.type]));
        schemas.set(insertInto.target, new Schema(insertInto.target, fields));
      }
      const read = [...streams, ...subqueries.map(({ stream }) => stream)];
      const reads = read.flatMap(({ target, pattern }) => (pattern === undefined ? [target] : [...pattern.targets.keys()]));
      this.#ways.set(name, { reads, feeds: insertInto?.target });
      this.#columns.set(
        name,
        items.map((item) => item.name),
      );
      for (const item of items) this.#rowFields.add(item.name, fieldTypeOf(item.type));
    } catch (thrown) {
      if (!(thrown instanceof HotakaError)) throw thrown;
      if (unknownTargetOf(thrown) !== undefined) return thrown;
      this.problems.push(this.#problemOfSql(thrown, index, place));
    }
    return undefined;
  }

  #refuseWaiting({ problem }: WaitingQuery, target: string): void {
    const otherwise = `If clients send events to "${target}", say so: name it under targets.`;
    this.problems.push({ ...problem, sentence: `${problem.sentence} ${otherwise}` });
  }

  /** One warning for all, because a pack has many. */
  #warnOfWaiting(found: readonly WaitingQuery[], target: string): void {
    const [first] = found;
    if (first === undefined) return;
    const names = found.slice(0, WAITING_NAMED_MAX).map(({ name }) => `"${name}"`);
    const more = found.length > names.length ? ` and ${found.length - names.length} more` : "";
    const subject = found.length === 1 ? `query ${names.join()} waits` : `queries ${names.join(", ")}${more} wait`;
    const sentence = `${subject} for the first event that a client sends to target "${target}": no source feeds it.`;
    this.warnings.push({ ...first.problem, sentence });
  }

  #targetsOf(
    sources: readonly Declared<SourceDefinition<unknown>>[],
    { routing, tags }: Tagged,
  ): { schemas: Map<string, Schema>; areAllKnown: boolean } {
    const schemas = new Map<string, Schema>();
    // What actions give back is of any shape.
    let areAllKnown = tags.length === 0;
    for (const [index, source] of sources.entries()) {
      const targets = targetsOf(source, routing);
      if (targets === undefined) areAllKnown = false;
      for (const [name, fields] of targets ?? []) {
        // What fields such a target has is not known before its events come; the query waits.
        if (fields === "any" || fields === "timed") {
          areAllKnown = false;
          continue;
        }
        const schema = schemas.get(name) ?? new Schema(name);
        schemas.set(name, schema);
        try {
          for (const [field, type] of Object.entries(fields)) schema.add(field, type);
        } catch (thrown) {
          this.#problem("HOTAKA_FIELD_CONFLICT", ["sources", index], messageOf(thrown));
        }
      }
    }
    return { schemas, areAllKnown };
  }

  #problem(code: SettingsProblem["code"], path: SettingsPath, sentence: string): void {
    this.problems.push(this.#document.problem(code, path, sentence));
  }

  /** The place of the word that is wrong, in the file. */
  #problemOfSql({ code, message, details }: HotakaError, index: number, place: SettingsPath | undefined): SettingsProblem {
    if (place !== undefined) return this.#document.problem(code, place, `${pathText(place)}: ${message}`);
    const path = ["queries", index, "sql"];
    const { line, column } = details;
    if (typeof line !== "number" || typeof column !== "number") return this.#document.problem(code, path, message);
    return { code, sentence: message, ...this.#document.positionInText(path, line, column) };
  }
}

/** Where tags lead, and the tags of events that actions give back. */
export interface Tagged {
  readonly routing: Routing;
  readonly tags: readonly string[];
}

/** The tags of events that actions give back: those of the one in hand, and those of all. */
export interface GivenTags {
  readonly own: readonly string[];
  readonly all: readonly string[];
}

/** A query, and where it comes from when it does not stand in the list of queries. */
interface CheckedQuery extends QueryDefinition {
  readonly place?: SettingsPath;
}

interface WaitingQuery {
  readonly name: string;
  /** What is wrong if nobody sends to its target. */
  readonly problem: SettingsProblem;
}

const WAITING_NAMED_MAX = 3;
