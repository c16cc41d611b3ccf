import type { BinaryOperator, ExpressionNode, LiteralNode, SelectNode } from "./ast.ts";
import { EXPRESSION, type TokenStream } from "./token_stream.ts";
import { PERIOD_UNITS, RESERVED } from "./words.ts";

/**
 * Expressions, by precedence climbing. The levels are Esper's, loosest first:
 * or · and · bitwise (`&`, `|`, `^`: looser than comparison, unlike in C) · not · equality · comparison, in, between, like, regexp ·
 * `||` · `+ -` · `* / %` · unary minus · primary with `.member`, `[index]`, `.method()`.
 */
export class ExpressionParser {
  readonly #tokens: TokenStream;
  readonly #parseSelect: () => SelectNode;
  #subqueries = 0;

  /** `parseSelect` reads a whole SELECT: expressions hold subqueries. */
  constructor(tokens: TokenStream, parseSelect: () => SelectNode) {
    this.#tokens = tokens;
    this.#parseSelect = parseSelect;
  }

  parse(): ExpressionNode {
    return this.#tokens.nested(() => this.#leftAssociative(["or"], () => this.#and()));
  }

  /** One or more, separated by commas. */
  parseList(): ExpressionNode[] {
    const list = [this.parse()];
    while (this.#tokens.accept(",")) list.push(this.parse());
    return list;
  }

  /** A period such as `3 seconds`, or another expression that has no operators. */
  parsePeriod(): ExpressionNode {
    return this.#primary();
  }

  /** As `parseList`, where each may be a period whose amounts are worked out: `a.minutes min 30 sec`. */
  parsePeriods(): ExpressionNode[] {
    const list = [this.#periodOr(this.parse())];
    while (this.#tokens.accept(",")) list.push(this.#periodOr(this.parse()));
    return list;
  }

  #periodOr(first: ExpressionNode): ExpressionNode {
    const tokens = this.#tokens;
    const unit = first.kind === "period" ? undefined : PERIOD_UNITS.get(tokens.peek().word);
    if (first.kind !== "period" && unit === undefined) return first;
    if (unit !== undefined) tokens.next();
    const parts = first.kind === "period" ? [...first.parts] : [{ amount: first, unit: unit! }];
    while (!tokens.is(")") && !tokens.is(",")) {
      const amount = this.parse();
      if (amount.kind === "period") parts.push(...amount.parts);
      else if (PERIOD_UNITS.has(tokens.peek().word)) parts.push({ amount, unit: PERIOD_UNITS.get(tokens.next().word)! });
      else {
        tokens.wants("a unit of time");
        tokens.fail();
      }
    }
    return { kind: "period", parts, at: first.at, end: tokens.lastEnd };
  }

  #and(): ExpressionNode {
    return this.#leftAssociative(["and"], () => this.#bitwise());
  }

  #bitwise(): ExpressionNode {
    return this.#leftAssociative(["&", "|", "^"], () => this.#not());
  }

  #not(): ExpressionNode {
    const token = this.#tokens.accept("not");
    if (token === undefined) return this.#equality();
    const operand = this.#tokens.nested(() => this.#not());
    return { kind: "unary", operator: "not", operand, at: token.at, end: operand.end };
  }

  #equality(): ExpressionNode {
    let left = this.#relation();
    for (;;) {
      const operator = this.#equalityOperator();
      if (operator === undefined) return left;
      left = this.#quantified(operator, left) ?? this.#binary(operator, left, this.#relation());
    }
  }

  #equalityOperator(): BinaryOperator | undefined {
    const tokens = this.#tokens;
    if (tokens.accept("=")) return "=";
    if (tokens.accept("!=") ?? tokens.accept("<>")) return "!=";
    if (tokens.accept("is")) return tokens.accept("not") ? "is not" : "is";
    return undefined;
  }

  #relation(): ExpressionNode {
    let left = this.#concatenation();
    for (;;) {
      const comparison = COMPARISONS.find((operator) => this.#tokens.is(operator));
      if (comparison !== undefined) {
        this.#tokens.next();
        left = this.#quantified(comparison, left) ?? this.#binary(comparison, left, this.#concatenation());
        continue;
      }
      const test = this.#test(left);
      if (test === undefined) return left;
      left = test;
    }
  }

  /** `[not] in | between | like | regexp`. */
  #test(value: ExpressionNode): ExpressionNode | undefined {
    const tokens = this.#tokens;
    const negated = tokens.is("not") && ["in", "between", "like", "regexp"].includes(tokens.peek(1).word);
    if (negated) tokens.next();
    const { at } = value;
    if (tokens.accept("in")) return this.#in(value, negated);
    if (tokens.accept("between")) {
      const low = this.#concatenation();
      tokens.expect("and");
      const high = this.#concatenation();
      return { kind: "between", negated, value, low, high, at, end: high.end };
    }
    if (tokens.accept("like")) {
      const pattern = this.#concatenation();
      const escape = tokens.accept("escape") ? this.#primary() : undefined;
      return { kind: "like", negated, value, pattern, escape, at, end: tokens.lastEnd };
    }
    if (tokens.accept("regexp")) {
      const pattern = this.#concatenation();
      return { kind: "regexp", negated, value, pattern, at, end: pattern.end };
    }
    return undefined;
  }

  /** A list `(1, 2)`, a subquery `(select ..)`, or a range `[1:9)` whose brackets say whether an end is included. */
  #in(value: ExpressionNode, negated: boolean): ExpressionNode {
    const tokens = this.#tokens;
    const { at } = value;
    const open = tokens.accept("(") ?? tokens.expect("[");
    if (open.text === "(" && tokens.is("select")) {
      const { select } = this.#subquery();
      tokens.expect(")");
      return { kind: "in_select", negated, value, select, at, end: tokens.lastEnd };
    }
    const low = this.parse();
    if (tokens.accept(":")) {
      const high = this.parse();
      const close = tokens.accept(")") ?? tokens.expect("]");
      const [lowIncluded, highIncluded] = [open.text === "[", close.text === "]"];
      return { kind: "in_range", negated, value, low, high, lowIncluded, highIncluded, at, end: close.end };
    }
    const list = [low];
    while (tokens.accept(",")) list.push(this.parse());
    tokens.expect(open.text === "(" ? ")" : "]");
    return { kind: "in", negated, value, list, at, end: tokens.lastEnd };
  }

  /** `> any (..)`, `= all (select ..)`. */
  #quantified(operator: BinaryOperator, value: ExpressionNode): ExpressionNode | undefined {
    const tokens = this.#tokens;
    const word = tokens.peek().word;
    if (!["any", "some", "all"].includes(word) || tokens.peek(1).text !== "(") return undefined;
    tokens.next();
    tokens.expect("(");
    const select = tokens.is("select") ? this.#subquery().select : undefined;
    const list = select === undefined ? this.parseList() : undefined;
    tokens.expect(")");
    return {
      kind: "quantified",
      operator,
      quantifier: word === "all" ? "all" : "any",
      value,
      list,
      select,
      at: value.at,
      end: tokens.lastEnd,
    };
  }

  #subquery(): { readonly select: SelectNode; readonly number: number } {
    const number = ++this.#subqueries;
    return { select: this.#parseSelect(), number };
  }

  #concatenation(): ExpressionNode {
    return this.#leftAssociative(["||"], () => this.#sum());
  }

  #sum(): ExpressionNode {
    return this.#leftAssociative(["+", "-"], () => this.#product());
  }

  #product(): ExpressionNode {
    return this.#leftAssociative(["*", "/", "%"], () => this.#unary());
  }

  #leftAssociative(operators: readonly BinaryOperator[], operand: () => ExpressionNode): ExpressionNode {
    let left = operand();
    for (;;) {
      const operator = operators.find((candidate) => this.#tokens.is(candidate));
      if (operator === undefined) return left;
      this.#tokens.next();
      left = this.#binary(operator, left, operand());
    }
  }

  #binary(operator: BinaryOperator, left: ExpressionNode, right: ExpressionNode): ExpressionNode {
    return { kind: "binary", operator, left, right, at: left.at, end: right.end };
  }

  #unary(): ExpressionNode {
    const minus = this.#tokens.accept("-");
    if (minus === undefined) {
      this.#tokens.accept("+");
      return this.#postfix(this.#primary());
    }
    const operand = this.#tokens.nested(() => this.#unary());
    // A minus before a number is a part of it: -9223372036854775808 is a number although 9223372036854775808 is none.
    if (operand.kind === "literal" && (typeof operand.value === "number" || typeof operand.value === "bigint")) {
      return { ...operand, value: -operand.value, at: minus.at };
    }
    // Esper's grammar takes a minus before a field and forgets it; before parentheses it is ours. See docs/decisions.
    const bare = this.#tokens.source.text[operand.at] !== "(";
    if (bare && (operand.kind === "name" || operand.kind === "member")) return operand;
    return { kind: "unary", operator: "-", operand, at: minus.at, end: operand.end };
  }

  #postfix(primary: ExpressionNode): ExpressionNode {
    const tokens = this.#tokens;
    let object = primary;
    for (;;) {
      const { at } = object;
      const token = tokens.peek();
      if (token.kind === "number" && /^\.\d+$/.test(token.text) && token.at === tokens.lastEnd) {
        // Norikra writes `list.0` for the first item of an array.
        tokens.next();
        object = { kind: "member", object, name: token.text.slice(1), dynamic: false, at, end: token.end };
      } else if (tokens.accept("[")) {
        const index = this.parse();
        tokens.expect("]");
        object = { kind: "index", object, index, at, end: tokens.lastEnd };
      } else if (tokens.accept(".")) {
        if (tokens.accept("*")) return { kind: "star", of: object.kind === "name" ? object.name : undefined, at, end: tokens.lastEnd };
        const name = this.#memberName();
        object = tokens.is("(")
          ? { kind: "method", object, name, arguments: this.#arguments(), at, end: tokens.lastEnd }
          : { kind: "member", object, name, dynamic: tokens.accept("?") !== undefined, at, end: tokens.lastEnd };
      } else {
        return object;
      }
    }
  }

  #memberName(): string {
    const token = this.#tokens.peek();
    if (token.kind !== "word" && token.kind !== "quoted") {
      this.#tokens.wants("a field or method name");
      this.#tokens.fail();
    }
    return this.#tokens.next().text;
  }

  #primary(): ExpressionNode {
    const tokens = this.#tokens;
    const token = tokens.peek();
    if (token.kind === "number") return this.#number();
    if (token.kind === "string") {
      tokens.next();
      return { kind: "literal", type: "string", value: String(token.value), at: token.at, end: token.end };
    }
    if (token.kind === "quoted") {
      tokens.next();
      return { kind: "name", name: token.text, quoted: true, dynamic: tokens.accept("?") !== undefined, at: token.at, end: tokens.lastEnd };
    }
    if (token.kind === "word") return this.#word();
    if (tokens.accept("(")) return this.#parenthesised();
    if (tokens.accept("{")) {
      const items = tokens.is("}") ? [] : this.parseList();
      tokens.expect("}");
      return { kind: "array", items, at: token.at, end: tokens.lastEnd };
    }
    tokens.wants(EXPRESSION);
    return tokens.fail();
  }

  /** A number, or a period that begins with one: `1 min 30 sec`. */
  #number(): ExpressionNode {
    const tokens = this.#tokens;
    const first = this.#literal();
    if (!PERIOD_UNITS.has(tokens.peek().word)) return first;
    const parts = [];
    let amount: ExpressionNode = first;
    for (;;) {
      parts.push({ amount, unit: PERIOD_UNITS.get(tokens.next().word)! });
      if (tokens.peek().kind !== "number" || !PERIOD_UNITS.has(tokens.peek(1).word)) break;
      amount = this.#literal();
    }
    return { kind: "period", parts, at: first.at, end: tokens.lastEnd };
  }

  #literal(): LiteralNode {
    const { value, type, at, end } = this.#tokens.next();
    return { kind: "literal", type: type ?? "integer", value: value ?? null, at, end };
  }

  #word(): ExpressionNode {
    const tokens = this.#tokens;
    const { text, word, at, end } = tokens.peek();
    if (word === "true" || word === "false") {
      tokens.next();
      return { kind: "literal", type: "boolean", value: word === "true", at, end };
    }
    if (word === "null") {
      tokens.next();
      return { kind: "literal", type: "null", value: null, at, end };
    }
    if (word === "case") return this.#case();
    if (word === "new" && tokens.peek(1).text === "{") return this.#new();
    if (word === "exists" && tokens.isSequence("exists", "(", "select")) {
      tokens.next();
      tokens.next();
      const subquery = this.#subquery();
      tokens.expect(")");
      return { kind: "exists", ...subquery, at, end: tokens.lastEnd };
    }
    if (RESERVED.has(word)) {
      tokens.wants(EXPRESSION);
      return tokens.fail();
    }
    tokens.next();
    if (tokens.is("(")) return this.#call(text, at);
    return { kind: "name", name: text, quoted: false, dynamic: tokens.accept("?") !== undefined, at, end: tokens.lastEnd };
  }

  #call(name: string, at: number): ExpressionNode {
    const tokens = this.#tokens;
    const distinct = tokens.peek(1).word === "distinct" && tokens.peek(1).kind === "word";
    const descending: boolean[] = [];
    const args = this.#arguments(descending, name.toLowerCase() === "cast");
    return { kind: "call", name, distinct, arguments: args, descending, at, end: tokens.lastEnd };
  }

  /**
   * Arguments in parentheses. Where an argument may be followed by ASC or DESC, `descending` takes down which ones are. `cast(x as int)` is
   * `cast(x, int)`.
   */
  #arguments(descending?: boolean[], isCast = false): ExpressionNode[] {
    const tokens = this.#tokens;
    tokens.expect("(");
    if (tokens.accept(")")) return [];
    if (!tokens.accept("distinct")) tokens.accept("all");
    const list: ExpressionNode[] = [];
    do {
      list.push(isCast && list.length > 1 ? this.#named() : this.#argument());
      const isDescending = descending !== undefined && tokens.accept("desc") !== undefined;
      if (!isDescending && descending !== undefined) tokens.accept("asc");
      descending?.push(isDescending);
    } while (tokens.accept(",") ?? (isCast && list.length === 1 ? tokens.accept("as") : undefined));
    tokens.expect(")");
    return list;
  }

  /** `dateformat: 'yyyy-MM-dd'`. */
  #named(): ExpressionNode {
    const tokens = this.#tokens;
    const { at, text } = tokens.peek();
    if (tokens.peek().kind !== "word" || tokens.peek(1).text !== ":") return this.#argument();
    tokens.next();
    tokens.next();
    const value = this.parse();
    return { kind: "named", name: text, value, at, end: value.end };
  }

  /** An expression, `*`, or a lambda `x => ..` or `(x, i) => ..`. */
  #argument(): ExpressionNode {
    const tokens = this.#tokens;
    const { at, end, text } = tokens.peek();
    if (tokens.accept("*")) return { kind: "star", of: undefined, at, end };
    if (tokens.peek().kind === "word" && tokens.peek(1).text === "=>") {
      tokens.next();
      return this.#lambda([text], at);
    }
    if (tokens.peek().text === "(" && this.#lambdaParametersFollow()) {
      tokens.next();
      const parameters = [tokens.next().text];
      while (tokens.accept(",")) parameters.push(tokens.next().text);
      tokens.expect(")");
      return this.#lambda(parameters, at);
    }
    return this.parse();
  }

  #lambda(parameters: readonly string[], at: number): ExpressionNode {
    this.#tokens.expect("=>");
    const body = this.parse();
    return { kind: "lambda", parameters, body, at, end: body.end };
  }

  #lambdaParametersFollow(): boolean {
    let ahead = 1;
    while (this.#tokens.peek(ahead).kind === "word" && this.#tokens.peek(ahead + 1).text === ",") ahead += 2;
    return (
      this.#tokens.peek(ahead).kind === "word" && this.#tokens.peek(ahead + 1).text === ")" && this.#tokens.peek(ahead + 2).text === "=>"
    );
  }

  #parenthesised(): ExpressionNode {
    const tokens = this.#tokens;
    const at = tokens.lastEnd - 1;
    if (tokens.is("select")) {
      const subquery = this.#subquery();
      tokens.expect(")");
      return { kind: "subquery", ...subquery, at, end: tokens.lastEnd };
    }
    const inner = this.parse();
    tokens.expect(")");
    return { ...inner, at, end: tokens.lastEnd };
  }

  /** `new {a = 1, host}`: of a column without a value the value is what its name says. */
  #new(): ExpressionNode {
    const tokens = this.#tokens;
    const { at } = tokens.next();
    tokens.expect("{");
    const columns = [];
    do columns.push(this.#column());
    while (tokens.accept(","));
    tokens.expect("}");
    return { kind: "new", columns, at, end: tokens.lastEnd };
  }

  #column(): { readonly name: string; readonly value: ExpressionNode } {
    const tokens = this.#tokens;
    const { at, end, kind, word, text } = tokens.peek();
    if ((kind !== "word" && kind !== "quoted") || (kind === "word" && RESERVED.has(word))) {
      tokens.wants("the name of a column");
      tokens.fail();
    }
    tokens.next();
    let named: ExpressionNode = { kind: "name", name: text, quoted: kind === "quoted", dynamic: false, at, end };
    let name = text;
    while (tokens.accept(".")) {
      const member = this.#memberName();
      named = { kind: "member", object: named, name: member, dynamic: false, at, end: tokens.lastEnd };
      name += `.${member}`;
    }
    return { name, value: tokens.accept("=") ? this.parse() : named };
  }

  #case(): ExpressionNode {
    const tokens = this.#tokens;
    const { at } = tokens.next();
    const operand = tokens.is("when") ? undefined : this.parse();
    const branches = [];
    while (tokens.accept("when")) {
      const when = this.parse();
      tokens.expect("then");
      branches.push({ when, result: this.parse() });
    }
    if (branches.length === 0) tokens.fail();
    const otherwise = tokens.accept("else") ? this.parse() : undefined;
    tokens.expect("end");
    return { kind: "case", operand, branches, otherwise, at, end: tokens.lastEnd };
  }
}

const COMPARISONS = ["<", "<=", ">", ">="] as const satisfies readonly BinaryOperator[];
