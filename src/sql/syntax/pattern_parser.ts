import type { CronFieldNode, ExpressionNode, PatternNode } from "./ast.ts";
import type { ExpressionParser } from "./expression_parser.ts";
import type { TokenStream } from "./token_stream.ts";
import { RESERVED } from "./words.ts";

/**
 * Patterns. The levels are Esper's, loosest first: `->` · or · and · a repetition with until · every, not · a guard (where, while) ·
 * a filter, a timer, parentheses.
 */
export class PatternParser {
  readonly #tokens: TokenStream;
  readonly #expressions: ExpressionParser;
  readonly #cronFields: () => CronFieldNode[];

  constructor(tokens: TokenStream, expressions: ExpressionParser, cronFields: () => CronFieldNode[]) {
    this.#tokens = tokens;
    this.#expressions = expressions;
    this.#cronFields = cronFields;
  }

  parse(): PatternNode {
    return this.#tokens.nested(() => this.#followedBy());
  }

  #followedBy(): PatternNode {
    const patterns = [this.#or()];
    const limits: (ExpressionNode | undefined)[] = [undefined];
    while (this.#tokens.is("->") || this.#tokens.isSequence("-", "[")) {
      limits.push(this.#followedByLimit());
      patterns.push(this.#or());
    }
    if (patterns.length === 1) return patterns[0]!;
    return { kind: "followed_by", patterns, limits, at: patterns[0]!.at, end: this.#tokens.lastEnd };
  }

  /** `->`, or `-[2]>` with how many may wait. */
  #followedByLimit(): ExpressionNode | undefined {
    const tokens = this.#tokens;
    if (tokens.accept("->")) return undefined;
    tokens.next();
    tokens.expect("[");
    const limit = this.#expressions.parse();
    tokens.expect("]");
    tokens.expect(">");
    return limit;
  }

  #or(): PatternNode {
    return this.#several("or", () => this.#several("and", () => this.#until()));
  }

  #several(kind: "and" | "or", parse: () => PatternNode): PatternNode {
    const patterns = [parse()];
    while (this.#tokens.accept(kind)) patterns.push(parse());
    if (patterns.length === 1) return patterns[0]!;
    return { kind, patterns, at: patterns[0]!.at, end: this.#tokens.lastEnd };
  }

  /** `[2] x`, `[1:3] x until y`, `x until y`. */
  #until(): PatternNode {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    const range = tokens.is("[") ? this.#range() : undefined;
    const pattern = this.#qualified();
    const until = tokens.accept("until") ? this.#qualified() : undefined;
    if (range === undefined && until === undefined) return pattern;
    return { kind: "until", pattern, until, low: range?.low, high: range?.high, at, end: tokens.lastEnd };
  }

  /** `[2]`, `[1:3]`, `[1:]`, `[:3]`. */
  #range(): { low: ExpressionNode | undefined; high: ExpressionNode | undefined } {
    const tokens = this.#tokens;
    tokens.expect("[");
    const low = tokens.is(":") ? undefined : this.#expressions.parse();
    let high = low;
    if (tokens.accept(":")) high = tokens.is("]") ? undefined : this.#expressions.parse();
    tokens.expect("]");
    return { low, high };
  }

  #qualified(): PatternNode {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    if (tokens.isSequence("every", "-", "distinct")) {
      for (let word = 0; word < 3; word++) tokens.next();
      tokens.expect("(");
      const distinct = this.#expressions.parseList();
      tokens.expect(")");
      const pattern = tokens.nested(() => this.#repeated());
      return { kind: "every", pattern, distinct, at, end: tokens.lastEnd };
    }
    if (tokens.accept("every"))
      return { kind: "every", pattern: tokens.nested(() => this.#repeated()), distinct: [], at, end: tokens.lastEnd };
    if (tokens.accept("not")) return { kind: "not", pattern: tokens.nested(() => this.#repeated()), at, end: tokens.lastEnd };
    return this.#guarded();
  }

  /** What every and not stand before: `every [2] x`, `every not x`. */
  #repeated(): PatternNode {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    if (!tokens.is("[")) return this.#qualified();
    const { low, high } = this.#range();
    return { kind: "until", pattern: this.#qualified(), until: undefined, low, high, at, end: tokens.lastEnd };
  }

  #guarded(): PatternNode {
    const tokens = this.#tokens;
    const pattern = this.#atom();
    const { at } = pattern;
    if (tokens.accept("where")) {
      const name = this.#timerName();
      return { kind: "guard", pattern, name, parameters: this.#parameters(), at, end: tokens.lastEnd };
    }
    if (tokens.accept("while")) {
      tokens.expect("(");
      const condition = this.#expressions.parse();
      tokens.expect(")");
      return { kind: "while", pattern, condition, at, end: tokens.lastEnd };
    }
    return pattern;
  }

  #atom(): PatternNode {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    if (tokens.accept("(")) {
      const pattern = this.parse();
      tokens.expect(")");
      return pattern;
    }
    if (tokens.isSequence("timer", ":")) return this.#timer();
    const first = this.#name("a target name, timer:interval or parentheses");
    const tag = tokens.accept("=") ? first : undefined;
    const target = tag === undefined ? first : this.#name("a target name");
    let filters: ExpressionNode[] = [];
    if (tokens.accept("(")) {
      filters = tokens.is(")") ? [] : this.#expressions.parseList();
      tokens.expect(")");
    }
    return { kind: "filter", tag, target, filters, level: this.#consumeLevel(), at, end: tokens.lastEnd };
  }

  /** `@consume` is of level 1, `@consume(2)` of level 2. */
  #consumeLevel(): number {
    const tokens = this.#tokens;
    if (!tokens.accept("@")) return 0;
    tokens.expect("consume");
    if (!tokens.accept("(")) return 1;
    const { type, value } = tokens.peek();
    if (type !== "integer") {
      tokens.wants("a whole number");
      tokens.fail();
    }
    tokens.next();
    tokens.expect(")");
    return Number(value);
  }

  #timer(): PatternNode {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    const name = this.#timerName();
    if (name !== "timer:at") return { kind: "timer", name, parameters: this.#parameters(), fields: [], at, end: tokens.lastEnd };
    tokens.expect("(");
    const fields = this.#cronFields();
    tokens.expect(")");
    return { kind: "timer", name, parameters: [], fields, at, end: tokens.lastEnd };
  }

  #timerName(): string {
    const space = this.#name("a timer, as timer:within");
    this.#tokens.expect(":");
    return `${space}:${this.#name("the name of a timer")}`.toLowerCase();
  }

  #parameters(): ExpressionNode[] {
    const tokens = this.#tokens;
    tokens.expect("(");
    const parameters = tokens.is(")") ? [] : this.#expressions.parsePeriods();
    tokens.expect(")");
    return parameters;
  }

  #name(category: string): string {
    const token = this.#tokens.peek();
    if (token.kind === "quoted" || (token.kind === "word" && !RESERVED.has(token.word))) return this.#tokens.next().text;
    this.#tokens.wants(category);
    return this.#tokens.fail();
  }
}
