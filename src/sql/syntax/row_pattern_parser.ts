import type { ExpressionNode, RowPatternNode, RowRegexNode } from "./ast.ts";
import type { ExpressionParser } from "./expression_parser.ts";
import type { TokenStream } from "./token_stream.ts";
import { RESERVED } from "./words.ts";

/** What stands in `match_recognize ( ... )`. The clauses come in the order of Esper 5.2, chapter 8. */
export class RowPatternParser {
  readonly #tokens: TokenStream;
  readonly #expressions: ExpressionParser;

  constructor(tokens: TokenStream, expressions: ExpressionParser) {
    this.#tokens = tokens;
    this.#expressions = expressions;
  }

  parse(): RowPatternNode {
    const tokens = this.#tokens;
    const { at } = tokens.expect("match_recognize");
    tokens.expect("(");
    const partitionBy = tokens.accept("partition") ? this.#partitionBy() : [];
    tokens.expect("measures");
    const measures = this.#list(() => this.#measure());
    const allMatches = tokens.accept("all") !== undefined;
    if (allMatches) tokens.expect("matches");
    const skip = tokens.accept("after") ? this.#skip() : "past_last_row";
    tokens.expect("pattern");
    tokens.expect("(");
    const pattern = this.#alternation();
    tokens.expect(")");
    const interval = tokens.accept("interval") ? this.#interval() : undefined;
    const defines = tokens.accept("define") ? this.#list(() => this.#define()) : [];
    tokens.expect(")");
    return { partitionBy, measures, allMatches, skip, pattern, interval, defines, at, end: tokens.lastEnd };
  }

  #partitionBy(): ExpressionNode[] {
    this.#tokens.expect("by");
    return this.#expressions.parseList();
  }

  #measure(): RowPatternNode["measures"][number] {
    const expression = this.#expressions.parse();
    this.#tokens.expect("as");
    return { expression, alias: this.#name("the name of a measure"), at: expression.at, end: this.#tokens.lastEnd };
  }

  #define(): RowPatternNode["defines"][number] {
    const { at } = this.#tokens.peek();
    const variable = this.#name("a variable of the pattern");
    this.#tokens.expect("as");
    return { variable, condition: this.#expressions.parse(), at, end: this.#tokens.lastEnd };
  }

  #skip(): RowPatternNode["skip"] {
    const tokens = this.#tokens;
    tokens.expect("match");
    tokens.expect("skip");
    if (tokens.accept("past")) {
      tokens.expect("last");
      tokens.expect("row");
      return "past_last_row";
    }
    tokens.expect("to");
    const skip = tokens.accept("next") ? "to_next_row" : "to_current_row";
    if (skip === "to_current_row") tokens.expect("current");
    tokens.expect("row");
    return skip;
  }

  #interval(): NonNullable<RowPatternNode["interval"]> {
    const tokens = this.#tokens;
    // Not a whole expression: the OR behind it is not an operator.
    const period = this.#expressions.parsePeriod();
    const orTerminated = tokens.accept("or") !== undefined;
    if (orTerminated) tokens.expect("terminated");
    return { period, orTerminated, at: period.at, end: tokens.lastEnd };
  }

  #alternation(): RowRegexNode {
    return this.#tokens.nested(() => this.#joined("alternation", () => this.#concatenation(), "|"));
  }

  #concatenation(): RowRegexNode {
    const children = [this.#repetition()];
    while (![")", "|", ","].some((mark) => this.#tokens.is(mark))) children.push(this.#repetition());
    return children.length === 1 ? children[0]! : { kind: "concatenation", children, at: children[0]!.at, end: this.#tokens.lastEnd };
  }

  #joined(kind: "alternation" | "permutation", parse: () => RowRegexNode, mark: string): RowRegexNode {
    const children = [parse()];
    while (this.#tokens.accept(mark)) children.push(parse());
    return children.length === 1 ? children[0]! : { kind, children, at: children[0]!.at, end: this.#tokens.lastEnd };
  }

  #repetition(): RowRegexNode {
    const tokens = this.#tokens;
    const child = this.#atom();
    const count = this.#count();
    if (count === undefined) return child;
    const greedy = tokens.accept("?") === undefined;
    return { kind: "repetition", child, ...count, greedy, at: child.at, end: tokens.lastEnd };
  }

  /** `*`, `+`, `?`, `{2}`, `{2,}`, `{2,5}`, `{,5}`; undefined where there is none. */
  #count(): { low: number; high: number | undefined } | undefined {
    const tokens = this.#tokens;
    if (tokens.accept("*")) return { low: 0, high: undefined };
    if (tokens.accept("+")) return { low: 1, high: undefined };
    if (tokens.accept("?")) return { low: 0, high: 1 };
    if (!tokens.accept("{")) return undefined;
    const low = tokens.is(",") ? 0 : this.#number();
    let high: number | undefined = low;
    if (tokens.accept(",")) high = tokens.is("}") ? undefined : this.#number();
    tokens.expect("}");
    return { low, high };
  }

  #number(): number {
    const { kind, type, value } = this.#tokens.peek();
    if (kind === "number" && type === "integer") {
      this.#tokens.next();
      return Number(value);
    }
    this.#tokens.wants("a whole number");
    return this.#tokens.fail();
  }

  #atom(): RowRegexNode {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    if (tokens.accept("(")) {
      const inner = this.#alternation();
      tokens.expect(")");
      return inner;
    }
    if (tokens.isSequence("match_recognize_permute", "(")) {
      tokens.next();
      tokens.next();
      const permutation = tokens.nested(() => this.#joined("permutation", () => this.#alternation(), ","));
      tokens.expect(")");
      return permutation;
    }
    return { kind: "variable", name: this.#name("a variable of the pattern"), at, end: tokens.lastEnd };
  }

  #list<T>(parse: () => T): T[] {
    const list = [parse()];
    while (this.#tokens.accept(",")) list.push(parse());
    return list;
  }

  #name(category: string): string {
    const token = this.#tokens.peek();
    if (token.kind === "quoted" || (token.kind === "word" && !RESERVED.has(token.word))) return this.#tokens.next().text;
    this.#tokens.wants(category);
    return this.#tokens.fail();
  }
}
