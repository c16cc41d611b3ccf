import type { Value } from "../../event/index.ts";
import { equalitiesOf, type StreamEquality } from "../plan/equality.ts";
import type { Expression } from "../plan/expression.ts";
import { type OuterTree, outerTreesOf } from "../plan/outer_tree.ts";
import type { JoinPlan, Plan } from "../plan/plan.ts";
import type { StatementEvent, Tuple } from "../vocabulary.ts";
import { eventScope } from "./aggregate_arguments.ts";
import type { Evaluate } from "./evaluation.ts";
import { EventIndex } from "./event_index.ts";
import type { TupleChange } from "./processor.ts";

/** What entered and left each stream at one instant, by stream. */
export type StreamChanges = readonly { readonly entered: readonly StatementEvent[]; readonly left: readonly StatementEvent[] }[];

/**
 * The windows of several streams, joined. A change gives the tuples that hold an event that left, from before it left, and those that hold
 * one that entered, from after. So an outer join does not take back the tuple with nothing beside an event when something comes: as Esper.
 * WHERE is looked at later; it says here only by what events are found.
 */
export class Join {
  readonly #joins: readonly JoinPlan[];
  readonly #on: readonly (Evaluate | undefined)[];
  readonly #streams: readonly JoinedStream[];
  readonly #unidirectional: number | undefined;
  readonly #allInner: boolean;
  /** By stream, where three and more are joined and some of them outer: how an event of it is joined. */
  readonly #trees: readonly OuterTree[] | undefined;
  /** By the stream that joins: the equalities of its ON; where all joins are inner, also of WHERE and of each other. */
  readonly #equalities: readonly (readonly StreamEquality[])[];
  /** By the stream an event of which is looked up: how the tuples that hold it are found, where all joins are inner. */
  readonly #paths: Step[][] = [];

  constructor(plan: Plan, evaluation: (expression: Expression) => Evaluate) {
    this.#joins = plan.joins;
    this.#on = plan.joins.map(({ on }) => on && evaluation(on));
    this.#streams = plan.streams.map((_stream, index) => new JoinedStream(index, evaluation));
    this.#unidirectional = plan.unidirectional;
    this.#allInner = plan.joins.every(({ type }) => type === "inner");
    this.#trees = outerTreesOf(plan.joins);
    const all = [plan.where, ...plan.joins.map(({ on }) => on)].flatMap(equalitiesOf);
    this.#equalities = plan.streams.map((_stream, index) => (this.#allInner ? all : equalitiesOf(plan.joins[index - 1]?.on)));
  }

  update(changes: StreamChanges): TupleChange {
    const several = changes.filter(({ entered, left }) => entered.length > 0 || left.length > 0).length > 1;
    const left = this.#unidirectional === undefined ? this.#tuples(changes, "left", several) : [];
    for (const [index, change] of changes.entries()) {
      // A unidirectional stream without a window keeps nothing: its events are seen by themselves alone.
      if (index === this.#unidirectional) continue;
      for (const event of change.entered) this.#streams[index]!.add(event);
      for (const event of change.left) this.#streams[index]!.delete(event);
    }
    return { entered: this.#tuples(changes, "entered", several), left };
  }

  /** All tuples there are. */
  contents(): Tuple[] {
    const tuples = new Distinct();
    for (const index of this.#streams.keys())
      for (const event of this.#streams[index]!.events) for (const tuple of this.#lookUp(index, event)) tuples.add(tuple);
    return tuples.list;
  }

  save(): unknown {
    return this.#streams.map(({ events }) => [...events]);
  }

  restore(saved: unknown): void {
    (saved as StatementEvent[][]).forEach((events, index) => {
      for (const event of events) this.#streams[index]!.add(event);
    });
  }

  /** The tuples of the events that have entered or left; one that holds several of them is there once. */
  #tuples(changes: StreamChanges, side: "entered" | "left", several: boolean): Tuple[] {
    const tuples = new Distinct();
    const list: Tuple[] = [];
    for (const [index, change] of changes.entries()) {
      if (this.#unidirectional !== undefined && index !== this.#unidirectional) continue;
      for (const event of change[side])
        for (const tuple of this.#lookUp(index, event)) {
          if (several) tuples.add(tuple);
          else list.push(tuple);
        }
    }
    return several ? tuples.list : list;
  }

  /** The tuples that hold `event` of stream `root`. */
  #lookUp(root: number, event: StatementEvent): Tuple[] {
    if (this.#allInner) return this.#lookUpInner(root, event);
    if (this.#trees === undefined) return this.#lookUpInOrder(root, event);
    return this.#lookUpTree(this.#trees[root]!, event);
  }

  /** Inner joins may be looked up from any stream. */
  #lookUpInner(root: number, event: StatementEvent): Tuple[] {
    let tuples: Tuple[] = [this.#streams.map((_stream, index) => (index === root ? event : undefined))];
    for (const { stream, pairs } of (this.#paths[root] ??= this.#pathFrom(root)))
      tuples = tuples.flatMap((tuple) => [...this.#streams[stream]!.candidates(tuple, pairs)].map((found) => tuple.with(stream, found)));
    return tuples.filter((tuple) => this.#on.every((on) => on === undefined || on(eventScope(tuple)) === true));
  }

  /** The other streams in the order in which they are looked up: next comes one that is found by a key, as long as there is one. */
  #pathFrom(root: number): Step[] {
    const known = new Set([root]);
    const path: Step[] = [];
    while (known.size < this.#streams.length) {
      const open = [...this.#streams.keys()].filter((index) => !known.has(index));
      const stream = open.find((index) => this.#pairs(index, known).length > 0) ?? open[0]!;
      path.push({ stream, pairs: this.#pairs(stream, known) });
      known.add(stream);
    }
    return path;
  }

  /** The tuples of an event and what stands beside it; none where a stream is missing that is required. */
  #lookUpTree({ stream, branches }: OuterTree, event: StatementEvent): Tuple[] {
    const alone: Tuple = this.#streams.map((_stream, index) => (index === stream ? event : undefined));
    let tuples = [alone];
    for (const branch of branches) {
      const on = this.#on[branch.join];
      const pairs = this.#equalities[branch.join + 1]!.flatMap((equality) => pairOf(equality, branch.stream, new Set([stream])));
      const beside: Tuple[] = [];
      for (const candidate of this.#streams[branch.stream]!.candidates(alone, pairs))
        if (on === undefined || on(eventScope(alone.with(branch.stream, candidate))) === true)
          beside.push(...this.#lookUpTree(branch, candidate));
      if (beside.length === 0 && branch.required) return [];
      if (beside.length > 0) tuples = tuples.flatMap((left) => beside.map((right) => left.map((own, index) => own ?? right[index])));
    }
    return tuples;
  }

  /** Outer joins are worked out as they are written, left to right; only tuples that hold the event are kept once its stream has joined. */
  #lookUpInOrder(root: number, event: StatementEvent): Tuple[] {
    const none: Tuple = this.#streams.map(() => undefined);
    let tuples: Tuple[] = [...this.#startingWith(root, event)].map((first) => none.with(0, first));
    const known = new Set([0]);
    for (let index = 1; index < this.#streams.length; index++) {
      tuples = this.#joined(tuples, index, root === index ? event : undefined, known, root >= index);
      if (index >= root) tuples = tuples.filter((tuple) => tuple[root] === event);
      known.add(index);
    }
    return tuples;
  }

  /** Events of the first stream that can stand in a tuple with `event`. */
  #startingWith(root: number, event: StatementEvent): Iterable<StatementEvent> {
    if (root === 0) return [event];
    // As long as nothing joins on the left side, the first event must be equal to this one where ON says so.
    const restricts = this.#joins.slice(0, root - 1).every(({ type }) => type === "inner" || type === "left");
    const pairs = restricts ? this.#equalities[root]!.flatMap((equality) => pairOf(equality, 0, new Set([root]))) : [];
    const tuple: Tuple = this.#streams.map((_stream, index) => (index === root ? event : undefined));
    return this.#streams[0]!.candidates(tuple, pairs);
  }

  #joined(tuples: readonly Tuple[], index: number, only: StatementEvent | undefined, known: ReadonlySet<number>, whole: boolean): Tuple[] {
    const { type } = this.#joins[index - 1]!;
    const on = this.#on[index - 1];
    const pairs = this.#pairs(index, known);
    const matched = new Set<StatementEvent>();
    const joined: Tuple[] = [];
    for (const tuple of tuples) {
      const candidates = only === undefined ? this.#streams[index]!.candidates(tuple, pairs) : [only];
      let isMatched = false;
      for (const candidate of candidates) {
        const both = tuple.with(index, candidate);
        if (on !== undefined && on(eventScope(both)) !== true) continue;
        isMatched = true;
        matched.add(candidate);
        joined.push(both);
      }
      if (!isMatched && (type === "left" || type === "full")) joined.push(tuple);
    }
    if (whole && (type === "right" || type === "full")) {
      const none: Tuple = this.#streams.map(() => undefined);
      for (const candidate of only === undefined ? this.#streams[index]!.events : [only])
        if (!matched.has(candidate)) joined.push(none.with(index, candidate));
    }
    return joined;
  }

  /** How events of stream `index` are found from those of the streams already in a tuple. */
  #pairs(index: number, known: ReadonlySet<number>): KeyPair[] {
    return this.#equalities[index]!.flatMap((equality) => pairOf(equality, index, known));
  }
}

/** A stream that is looked up, and by what its events are found. */
interface Step {
  readonly stream: number;
  readonly pairs: readonly KeyPair[];
}

/** `own` of the stream that is looked up is equal to `other` of the tuple. */
interface KeyPair {
  readonly own: Expression;
  readonly other: Expression;
  /** Null is equal to null. */
  readonly nulls: boolean;
}

function pairOf({ left, right, nulls }: StreamEquality, index: number, known: ReadonlySet<number>): KeyPair[] {
  if (left.stream === index && known.has(right.stream)) return [{ own: left.expression, other: right.expression, nulls }];
  if (right.stream === index && known.has(left.stream)) return [{ own: right.expression, other: left.expression, nulls }];
  return [];
}

/** The events of one stream that are in the join now, with an index for each way in which they are looked up. */
class JoinedStream {
  readonly events = new Set<StatementEvent>();
  readonly #number: number;
  readonly #evaluation: (expression: Expression) => Evaluate;
  readonly #ready = new Map<Expression, Evaluate>();
  readonly #indexes: { readonly expressions: readonly Expression[]; readonly index: EventIndex }[] = [];

  constructor(number: number, evaluation: (expression: Expression) => Evaluate) {
    this.#number = number;
    this.#evaluation = evaluation;
  }

  add(event: StatementEvent): void {
    this.events.add(event);
    for (const { index } of this.#indexes) index.add(event);
  }

  delete(event: StatementEvent): void {
    this.events.delete(event);
    for (const { index } of this.#indexes) index.delete(event);
  }

  /** The events that can stand beside those of the tuple. */
  candidates(tuple: Tuple, pairs: readonly KeyPair[]): Iterable<StatementEvent> {
    if (pairs.length === 0) return this.events;
    const index = this.#index(pairs.map(({ own }) => own));
    const key = pairs.map(({ other }) => this.#evaluate(other, tuple));
    return index.find(
      key,
      pairs.map(({ nulls }) => nulls),
    );
  }

  #index(expressions: readonly Expression[]): EventIndex {
    const known = this.#indexes.find(
      (one) => one.expressions.length === expressions.length && one.expressions.every((own, at) => own === expressions[at]),
    );
    if (known !== undefined) return known.index;
    const index = new EventIndex((event) => {
      const tuple: (StatementEvent | undefined)[] = [];
      tuple[this.#number] = event;
      return expressions.map((expression) => this.#evaluate(expression, tuple));
    });
    for (const event of this.events) index.add(event);
    this.#indexes.push({ expressions, index });
    return index;
  }

  #evaluate(expression: Expression, tuple: Tuple): Value {
    const evaluate = this.#ready.get(expression) ?? this.#evaluation(expression);
    this.#ready.set(expression, evaluate);
    return evaluate({ events: tuple, aggregates: [], key: [], nowMs: 0 });
  }
}

/** Tuples, each once. */
class Distinct {
  readonly list: Tuple[] = [];
  readonly #numbers = new Map<StatementEvent | undefined, number>();
  readonly #seen = new Set<string>();

  add(tuple: Tuple): void {
    const identity = tuple.map((event) => this.#number(event)).join();
    if (this.#seen.has(identity)) return;
    this.#seen.add(identity);
    this.list.push(tuple);
  }

  #number(event: StatementEvent | undefined): number {
    const number = this.#numbers.get(event) ?? this.#numbers.size;
    this.#numbers.set(event, number);
    return number;
  }
}
