import type { Schema, Value } from "../event/index.ts";
import type { Operation } from "./plan/expression.ts";
import type { ExpressionParameter, ViewParameter } from "./plan/parameter.ts";
import type { Type } from "./plan/type.ts";

/**
 * How the dialect is extended: a window, an aggregate or a function is one file that declares itself with one of these, and one line in
 * `standard.ts`. The manual is written from the declarations.
 */

interface Described {
  /** One sentence. */
  readonly summary: string;
  readonly parameters: readonly ParameterDescription[];
  /** A whole query; a test runs it. */
  readonly example: string;
  /** Whose definition it follows, with the place. */
  readonly after: string;
}

interface ParameterDescription {
  readonly name: string;
  /** What may stand there: `duration`, `count`, `long`, `text`, `timestamp expression`, `expression`, `condition`. */
  readonly kind: string;
  readonly doc: string;
  readonly optional?: boolean;
}

/**
 * One event within a statement: its fields by slot, and the instant at which the statement took it. (A type, not an interface: so it is
 * itself a value that expressions pass on.)
 */
export type StatementEvent = {
  readonly values: readonly Value[];
  readonly timeMs: number;
  /** The values of the events that arrived before it, the latest first, as far back as the query asks with `prior`. */
  readonly prior?: readonly (readonly Value[])[];
  /** How many events had entered groups with it, in a statement whose groups make room for others. */
  readonly entry?: number;
};

export interface WindowDefinition extends Described {
  /** As written in a query: `win:time`. */
  readonly name: string;
  /** Its parameters are conditions over all it holds: they may hold aggregates, and name what `WindowState` says. */
  readonly conditions?: true;
  /**
   * Checks the parameters and gives what opens the window, or a sentence saying what is wrong with them: `"its size must be above 0"`.
   */
  resolve(parameters: readonly ViewParameter[]): WindowForm | string;
}

/** A window that knows its parameters. */
export interface WindowForm {
  /** The reference: works on events, for every shape of query. */
  open(services: WindowServices): Window;
  /** What it does, told to the code generator, for windows that can go without keeping events. */
  readonly pace: Pace | undefined;
  /** The fields of the events it gives on, where they are not the events it takes: a window that derives values. */
  readonly gives?: Schema;
  /** It holds events back and lets them go together. Beside other windows on a stream it gets only what those keep. False: not even where a window in it does. */
  readonly batches?: boolean;
  /** It still holds what it lets go when it tells so: a snapshot that it brings about shows it once more. */
  readonly emptyLast?: true;
  /** As one that `batches`, it gets only what the windows beside it keep, which then forget what it has given on. */
  readonly gathers?: true;
  /** It takes some events and refuses others. */
  readonly refuses?: true;
  /** It holds something for each of the keys that it is given, which make room for others where the budget says so. */
  readonly keyed?: true;
  /** It is empty by the time it tells what it lets go; a window that holds events back otherwise still has them then. */
  readonly emptyFirst?: true;
  /** It divides what the windows behind it, here as one, see. */
  readonly around?: (inner: WindowForm) => WindowForm;
}

/** What a statement does for the windows it opens. */
export interface WindowServices {
  /** The value of an expression parameter for an event. */
  readonly evaluate: (parameter: ExpressionParameter, event: StatementEvent) => Value;
  /** A parameter of a window that has `conditions`. */
  readonly condition: (parameter: ExpressionParameter) => WindowCondition;
  /** Undefined: a window of keys has any number of them. */
  readonly keys?: KeyBound | undefined;
}

/** How many keys a window may hold something for. Beyond them the one that no event was of for the longest time makes room. */
export interface KeyBound {
  readonly max: number;
  /** Told of each that does. */
  evicted(): void;
}

/** A condition over the whole of a window: for `win:expr` and `win:expr_batch`. */
export interface WindowCondition {
  enter(event: StatementEvent): void;
  leave(event: StatementEvent): void;
  /** Nothing is left in the window. */
  clear(): void;
  /** Whether it holds for `event`, with the window as `state` says. */
  holds(event: StatementEvent, state: WindowState): boolean;
  save(): unknown;
  restore(saved: unknown): void;
}

/** What the condition of a window may name beside the fields of the event. */
export interface WindowState {
  readonly oldest: StatementEvent;
  readonly newest: StatementEvent;
  readonly oldestMs: number;
  readonly newestMs: number;
  /** Events held. */
  readonly count: number;
  /** Events let go in this turn. */
  readonly expired: number;
}

/**
 * How a window moves, for queries that need only aggregates of it:
 * - `batch`: events gather until the window closes, all leave together when the next one closes;
 * - `slide`: each event leaves on its own, in order of arrival.
 */
export type Pace =
  | {
      readonly kind: "batch";
      readonly by: "time";
      readonly periodMs: number;
      readonly referenceMs: number | undefined;
      readonly startEager: boolean;
      readonly forceUpdate: boolean;
    }
  | { readonly kind: "batch"; readonly by: "count"; readonly count: number }
  | {
      readonly kind: "batch";
      readonly by: "timestamp";
      readonly timestamp: ExpressionParameter;
      readonly periodMs: number;
      readonly referenceMs: number | undefined;
    }
  | { readonly kind: "slide"; readonly by: "time"; readonly ageMs: number }
  | { readonly kind: "slide"; readonly by: "count"; readonly count: number }
  | { readonly kind: "slide"; readonly by: "timestamp"; readonly timestamp: ExpressionParameter; readonly ageMs: number };

/** The events of a row or a join, by stream; undefined where an outer join has none. */
export type Tuple = readonly (StatementEvent | undefined)[];

/** What a window gives on: the insert and the remove stream of one instant. */
export interface Change {
  readonly entered: readonly StatementEvent[];
  readonly left: readonly StatementEvent[];
  /** The end of the window these events were in, where the window has one that is not the instant itself. */
  readonly endMs?: number;
  /** What is forgotten here is taken back from the aggregates, and there is no row of it. */
  readonly silent?: true;
}

/** One running window. It owns no timer: it says when it is due and is told when it is. */
export interface Window {
  /** Told once, at the instant the window begins: with the statement, or with its group. */
  start?(nowMs: number): void;
  /**
   * Events arrive at `nowMs`, and events that it may hold are taken out of it from outside: by a window before or beside it. What it gives
   * on is a list, because a window of groups moves once for each.
   */
  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[];
  /** When it wants `fire` next; undefined while it waits for nothing. */
  nextDueMs?(): number | undefined;
  /** Called at exactly the time it was due. */
  fire?(nowMs: number): readonly Change[];
  /** No more events will come: closes what only an event would have closed. */
  finish?(): readonly Change[];
  /** It stands as one that has just been opened, so that whoever holds it may let it go and open another when there is need of one. */
  isSpent?(): boolean;
  /** The events it holds for the next, in its own order; a batch still gathered counts, the one before does not. */
  contents(): Iterable<StatementEvent>;
  /** The events it has given on that have not left, where these are others than `contents`: the batch before. */
  given?(): Iterable<StatementEvent>;
  /** Events held now, for the budget. */
  size(): number;
  /** Its state as plain data (arrays, numbers, events), and the way back. */
  save(): unknown;
  restore(saved: unknown): void;
}

/** What a window gives on when nothing enters or leaves. */
export const NO_CHANGE: readonly Change[] = [];

/** An aggregate as it is declared: its words for the manual, and what it is for given arguments. */
export interface AggregateDefinition extends Described {
  readonly name: string;
  /**
   * The form for these arguments, or a sentence saying why they do not fit. `distinct` is taken care of outside, and so is a filter: one
   * argument more than the form names, which must be a condition.
   */
  resolve(given: AggregateArguments): AggregateForm | string;
}

/** What stands between the parentheses of an aggregate. */
export interface AggregateArguments {
  /** The types of the arguments; `*` is not among them. */
  readonly types: readonly Type[];
  /** The values of those that are constants, by place. */
  readonly constants: readonly (Value | undefined)[];
  /** Which of them are followed by DESC. */
  readonly descending: readonly boolean[];
  /** Whether `*` stands in the first place. */
  readonly star: boolean;
  /** Whether DISTINCT stands before them. */
  readonly distinct: boolean;
  /** The type of the events that are aggregated. */
  readonly row: Type;
}

export interface AggregateForm {
  readonly type: Type;
  /** How many of the arguments are values, to be worked out for each event. */
  readonly values: number;
  /** How many arguments behind the values are constants, which the form has read. */
  readonly constants?: number;
  /** It is given the event itself in front of the values. Such an aggregate cannot go without the events. */
  readonly takesEvent?: true;
  /** It says something only of what is held, or of what leaves: a stream without a window cannot have it. */
  readonly ofWindow?: true;
  /** It never forgets: what leaves does not take back what came in, and a batch that is over must not be dropped as a whole. */
  readonly ever?: true;
  open(): Accumulator;
  readonly cells: CellForm | undefined;
}

/** One aggregate of one group: the reference. */
export interface Accumulator {
  /** Told at `nowMs`, epoch ms: for an event that a batch held back, that is when the batch was let go. */
  enter(values: readonly Value[], nowMs: number): void;
  leave(values: readonly Value[]): void;
  /** The result at an instant (epoch ms), which only rates depend on. */
  value(nowMs: number): Value;
  save(): unknown;
  restore(saved: unknown): void;
}

/**
 * An aggregate kept as a few numbers of a row, as text of code. `value` is the name of a value that is not null, a `bigint` only where the
 * argument is a long. The code may use what `CELL_HELPERS` holds, and `wide`, the longs beyond 2^53 by index of their cell.
 */
export interface CellForm {
  readonly initial: readonly number[];
  enter(at: CellPlace, value: string): string;
  /** Undefined where what came in cannot be taken out again (min, max). */
  readonly leave: ((at: CellPlace, value: string) => string) | undefined;
  /** The result; null only if `nullable`. */
  result(at: CellPlace): string;
  readonly nullable: boolean;
}

/** The texts by which an aggregate names its numbers: its i-th cell, as something to read and assign, and the index of that cell. */
export interface CellPlace {
  cell(index: number): string;
  index(index: number): string;
}

/** A function as it is declared: its words for the manual, and what it is for arguments of given types. */
export interface FunctionDefinition extends Described {
  /** In lower case; functions are found by any case. */
  readonly name: string;
  /**
   * The operation for arguments of these types with its type, or a sentence saying why they do not fit. `constants` has the values of those
   * that are constants, by place, for what is better checked or prepared once.
   */
  resolve(
    types: readonly Type[],
    constants: readonly (Value | undefined)[],
  ): { readonly operation: Operation; readonly type: Type } | string;
}

/** Functions and aggregates that stand beside those of the language. */
export interface OwnDefinitions {
  readonly functions: readonly FunctionDefinition[];
  readonly aggregates: readonly AggregateDefinition[];
}

export function defineWindow(definition: WindowDefinition): WindowDefinition {
  return definition;
}

export function defineAggregate(definition: AggregateDefinition): AggregateDefinition {
  return definition;
}

export function defineFunction(definition: FunctionDefinition): FunctionDefinition {
  return definition;
}
