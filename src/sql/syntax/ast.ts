/**
 * The syntax tree of a query: what was written, with where. `at` and `end` are offsets into the text.
 *
 * The grammar is the SELECT of Esper EPL 5.2 as Norikra offers it; reference: Esper 5.2 manual, chapters 5 to 14 and appendix A.
 */
export interface Node {
  readonly at: number;
  readonly end: number;
}

export interface SelectNode extends Node {
  readonly insertInto: InsertIntoNode | undefined;
  /** Which stream the select clause delivers; `istream` where nothing is written. */
  readonly stream: "istream" | "rstream" | "irstream";
  readonly distinct: boolean;
  readonly items: readonly SelectItemNode[];
  readonly from: readonly StreamNode[];
  /** Between `from[0]` and the rest; empty for comma-separated streams. */
  readonly joins: readonly JoinNode[];
  readonly where: ExpressionNode | undefined;
  readonly groupBy: readonly GroupByNode[];
  readonly having: ExpressionNode | undefined;
  readonly output: OutputNode | undefined;
  readonly orderBy: readonly OrderByNode[];
  readonly limit: ExpressionNode | undefined;
  readonly offset: ExpressionNode | undefined;
}

export interface InsertIntoNode extends Node {
  readonly stream: "istream" | "rstream" | "irstream";
  readonly target: string;
  readonly columns: readonly string[];
}

export type SelectItemNode =
  | (Node & { readonly kind: "expression"; readonly expression: ExpressionNode; readonly alias: string | undefined })
  /** `*`, or `a.*` with `of` = `a`. */
  | (Node & { readonly kind: "wildcard"; readonly of: string | undefined; readonly alias: string | undefined });

export interface StreamNode extends Node {
  readonly source: TargetStreamNode | PatternStreamNode;
  readonly views: readonly ViewNode[];
  readonly alias: string | undefined;
  readonly unidirectional: boolean;
  readonly retain: "union" | "intersection" | undefined;
  readonly rowPattern: RowPatternNode | undefined;
}

/** `match_recognize ( ... )` behind a stream. */
export interface RowPatternNode extends Node {
  readonly partitionBy: readonly ExpressionNode[];
  readonly measures: readonly (Node & { readonly expression: ExpressionNode; readonly alias: string })[];
  readonly allMatches: boolean;
  readonly skip: "past_last_row" | "to_next_row" | "to_current_row";
  readonly pattern: RowRegexNode;
  readonly interval: (Node & { readonly period: ExpressionNode; readonly orTerminated: boolean }) | undefined;
  readonly defines: readonly (Node & { readonly variable: string; readonly condition: ExpressionNode })[];
}

/** A regular expression over the rows of a stream. */
export type RowRegexNode =
  | (Node & { readonly kind: "variable"; readonly name: string })
  | (Node & { readonly kind: "concatenation" | "alternation" | "permutation"; readonly children: readonly RowRegexNode[] })
  | (Node & {
      readonly kind: "repetition";
      readonly child: RowRegexNode;
      readonly low: number;
      /** Undefined: as often as it comes. */
      readonly high: number | undefined;
      readonly greedy: boolean;
    });

interface TargetStreamNode extends Node {
  readonly kind: "target";
  readonly target: string;
  /** The conditions between the parentheses, all of which must hold. */
  readonly filters: readonly ExpressionNode[];
}

/** `pattern [every a=access -> b=access]`. */
export interface PatternStreamNode extends Node {
  readonly kind: "pattern";
  readonly pattern: PatternNode;
  readonly suppressOverlapping: boolean;
  readonly discardPartials: boolean;
}

export type PatternNode =
  | (Node & {
      readonly kind: "filter";
      readonly tag: string | undefined;
      readonly target: string;
      readonly filters: readonly ExpressionNode[];
      /** The level of @consume; 0 without it. */
      readonly level: number;
    })
  | (Node & {
      readonly kind: "every";
      readonly pattern: PatternNode;
      /** The expressions of every-distinct, of which the last may be a period; empty for every. */
      readonly distinct: readonly ExpressionNode[];
    })
  | (Node & {
      readonly kind: "followed_by";
      readonly patterns: readonly PatternNode[];
      /** What stands in `-[n]>`, by index of the pattern behind it. */
      readonly limits: readonly (ExpressionNode | undefined)[];
    })
  | (Node & { readonly kind: "and" | "or"; readonly patterns: readonly PatternNode[] })
  | (Node & { readonly kind: "not"; readonly pattern: PatternNode })
  | (Node & {
      readonly kind: "until";
      readonly pattern: PatternNode;
      readonly until: PatternNode | undefined;
      readonly low: ExpressionNode | undefined;
      readonly high: ExpressionNode | undefined;
    })
  /** `timer:interval`, `timer:at`; and, behind where, `timer:within` and `timer:withinmax`. */
  | (Node & {
      readonly kind: "timer";
      readonly name: string;
      readonly parameters: readonly ExpressionNode[];
      readonly fields: readonly CronFieldNode[];
    })
  | (Node & {
      readonly kind: "guard";
      readonly pattern: PatternNode;
      readonly name: string;
      readonly parameters: readonly ExpressionNode[];
    })
  | (Node & { readonly kind: "while"; readonly pattern: PatternNode; readonly condition: ExpressionNode });

export interface ViewNode extends Node {
  /** As written: `win:time_batch`. */
  readonly name: string;
  readonly parameters: readonly ViewParameterNode[];
}

/** A view parameter is an expression, which for sorting may carry a direction. */
export interface ViewParameterNode extends Node {
  readonly expression: ExpressionNode;
  readonly descending: boolean;
}

export interface JoinNode extends Node {
  readonly type: "inner" | "left" | "right" | "full";
  /** The condition after `on`; undefined for a comma. */
  readonly on: ExpressionNode | undefined;
}

export type GroupByNode =
  | (Node & { readonly kind: "expression"; readonly expression: ExpressionNode })
  | (Node & { readonly kind: "rollup" | "cube"; readonly sets: readonly GroupingSetNode[] })
  | (Node & { readonly kind: "grouping_sets"; readonly sets: readonly (GroupingSetNode | GroupByNode)[] });

export interface GroupingSetNode extends Node {
  readonly kind: "set";
  readonly expressions: readonly ExpressionNode[];
}

export interface OrderByNode extends Node {
  readonly expression: ExpressionNode;
  readonly descending: boolean;
}

export interface OutputNode extends Node {
  readonly after: OutputAmountNode | undefined;
  readonly select: "default" | "all" | "first" | "last" | "snapshot";
  readonly every: OutputAmountNode | undefined;
  /** The five or six fields of `output at (...)`. */
  readonly schedule: readonly CronFieldNode[] | undefined;
  readonly when: ExpressionNode | undefined;
  readonly assignments: readonly { readonly variable: string; readonly value: ExpressionNode }[];
}

export type OutputAmountNode =
  | (Node & { readonly kind: "events"; readonly count: ExpressionNode })
  | (Node & { readonly kind: "period"; readonly period: ExpressionNode });

/** One field of a schedule as in cron: a wildcard, a number, a range, a step, or a list of these. */
export type CronFieldNode =
  | (Node & { readonly kind: "any" })
  | (Node & { readonly kind: "number"; readonly value: number })
  | (Node & { readonly kind: "range"; readonly from: number; readonly to: number })
  | (Node & { readonly kind: "step"; readonly step: number })
  | (Node & { readonly kind: "list"; readonly fields: readonly CronFieldNode[] })
  | (Node & { readonly kind: "word"; readonly word: string; readonly value: number | undefined });

export type ExpressionNode =
  | LiteralNode
  | (Node & { readonly kind: "name"; readonly name: string; readonly quoted: boolean; readonly dynamic: boolean })
  | (Node & { readonly kind: "member"; readonly object: ExpressionNode; readonly name: string; readonly dynamic: boolean })
  | (Node & { readonly kind: "index"; readonly object: ExpressionNode; readonly index: ExpressionNode })
  | (Node & {
      readonly kind: "call";
      readonly name: string;
      readonly distinct: boolean;
      readonly arguments: readonly ExpressionNode[];
      /** Which of the arguments are followed by DESC: `sorted(size desc)`. */
      readonly descending: readonly boolean[];
    })
  | (Node & {
      readonly kind: "method";
      readonly object: ExpressionNode;
      readonly name: string;
      readonly arguments: readonly ExpressionNode[];
    })
  | (Node & { readonly kind: "lambda"; readonly parameters: readonly string[]; readonly body: ExpressionNode })
  | (Node & { readonly kind: "star"; readonly of: string | undefined })
  | (Node & { readonly kind: "unary"; readonly operator: "-" | "not"; readonly operand: ExpressionNode })
  | (Node & { readonly kind: "binary"; readonly operator: BinaryOperator; readonly left: ExpressionNode; readonly right: ExpressionNode })
  | (Node & {
      readonly kind: "between";
      readonly negated: boolean;
      readonly value: ExpressionNode;
      readonly low: ExpressionNode;
      readonly high: ExpressionNode;
    })
  | (Node & { readonly kind: "in"; readonly negated: boolean; readonly value: ExpressionNode; readonly list: readonly ExpressionNode[] })
  | (Node & {
      readonly kind: "in_range";
      readonly negated: boolean;
      readonly value: ExpressionNode;
      readonly low: ExpressionNode;
      readonly high: ExpressionNode;
      readonly lowIncluded: boolean;
      readonly highIncluded: boolean;
    })
  | (Node & { readonly kind: "in_select"; readonly negated: boolean; readonly value: ExpressionNode; readonly select: SelectNode })
  | (Node & {
      readonly kind: "like";
      readonly negated: boolean;
      readonly value: ExpressionNode;
      readonly pattern: ExpressionNode;
      readonly escape: ExpressionNode | undefined;
    })
  | (Node & { readonly kind: "regexp"; readonly negated: boolean; readonly value: ExpressionNode; readonly pattern: ExpressionNode })
  | (Node & {
      readonly kind: "case";
      readonly operand: ExpressionNode | undefined;
      readonly branches: readonly { readonly when: ExpressionNode; readonly result: ExpressionNode }[];
      readonly otherwise: ExpressionNode | undefined;
    })
  | (Node & { readonly kind: "array"; readonly items: readonly ExpressionNode[] })
  /** `new {a = 1, host}`. */
  | (Node & { readonly kind: "new"; readonly columns: readonly { readonly name: string; readonly value: ExpressionNode }[] })
  /** `dateformat: 'yyyy'` among arguments. */
  | (Node & { readonly kind: "named"; readonly name: string; readonly value: ExpressionNode })
  | (Node & { readonly kind: "period"; readonly parts: readonly { readonly amount: ExpressionNode; readonly unit: PeriodUnit }[] })
  /** `number`: the how-manieth subquery of the text it is, from 1. */
  | (Node & { readonly kind: "subquery"; readonly select: SelectNode; readonly number: number })
  | (Node & { readonly kind: "exists"; readonly select: SelectNode; readonly number: number })
  | (Node & {
      readonly kind: "quantified";
      readonly operator: BinaryOperator;
      readonly quantifier: "any" | "all";
      readonly value: ExpressionNode;
      readonly list: readonly ExpressionNode[] | undefined;
      readonly select: SelectNode | undefined;
    });

export interface LiteralNode extends Node {
  readonly kind: "literal";
  readonly type: "integer" | "long" | "float" | "double" | "string" | "boolean" | "null";
  /** A `long` beyond ±(2^53 − 1) is a bigint. */
  readonly value: string | number | bigint | boolean | null;
}

export type BinaryOperator =
  | "or"
  | "and"
  | "="
  | "!="
  | "is"
  | "is not"
  | "<"
  | "<="
  | ">"
  | ">="
  | "||"
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "&"
  | "|"
  | "^";

export type PeriodUnit = "year" | "month" | "week" | "day" | "hour" | "minute" | "second" | "millisecond";
