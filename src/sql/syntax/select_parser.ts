import type {
  CronFieldNode,
  ExpressionNode,
  GroupByNode,
  GroupingSetNode,
  InsertIntoNode,
  JoinNode,
  OrderByNode,
  OutputAmountNode,
  OutputNode,
  PatternStreamNode,
  SelectItemNode,
  SelectNode,
  StreamNode,
  ViewNode,
  ViewParameterNode,
} from "./ast.ts";
import { HotakaError } from "../../kit/index.ts";
import { ExpressionParser } from "./expression_parser.ts";
import { PatternParser } from "./pattern_parser.ts";
import { RowPatternParser } from "./row_pattern_parser.ts";
import type { SourceText } from "./source.ts";
import { TokenStream } from "./token_stream.ts";
import { NOT_AN_ALIAS, RESERVED } from "./words.ts";

/** Parses one SELECT. Throws HOTAKA_SQL_SYNTAX with line, column, what was found and what was expected, or HOTAKA_SQL_LIMIT. */
export function parseQuery(source: SourceText): SelectNode {
  const tokens = new TokenStream(source);
  const parser = new SelectParser(tokens);
  const select = parser.parse();
  tokens.accept(";");
  if (tokens.peek().kind !== "end") {
    tokens.wants("the end of the query");
    tokens.fail();
  }
  return select;
}

/**
 * What could come next behind this text: keywords and marks, and categories in words, as `a target name`. Empty where the text is wrong
 * already, or ends within a string or a comment.
 */
export function expectedBehind(source: SourceText): readonly string[] {
  let tokens: TokenStream | undefined;
  try {
    tokens = new TokenStream(source);
    new SelectParser(tokens).parse();
  } catch (thrown) {
    if (!(thrown instanceof HotakaError) || tokens === undefined) return [];
  }
  return tokens.peek().kind === "end" ? tokens.expected : [];
}

class SelectParser {
  readonly #tokens: TokenStream;
  readonly #expressions: ExpressionParser;

  constructor(tokens: TokenStream) {
    this.#tokens = tokens;
    this.#expressions = new ExpressionParser(tokens, () => tokens.nested(() => this.parse()));
  }

  parse(): SelectNode {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    const insertInto = tokens.accept("insert") ? this.#insertInto() : undefined;
    tokens.expect("select");
    const stream = tokens.accept("irstream") ? "irstream" : tokens.accept("rstream") ? "rstream" : "istream";
    if (stream === "istream" && !tokens.isSequence("istream", "(", ")")) tokens.accept("istream");
    const distinct = tokens.accept("distinct") !== undefined;
    const items = this.#list(() => this.#item());
    tokens.expect("from");
    const [from, joins] = this.#from();
    const where = tokens.accept("where") ? this.#expressions.parse() : undefined;
    const groupBy = tokens.accept("group") ? this.#groupBy() : [];
    const having = tokens.accept("having") ? this.#expressions.parse() : undefined;
    const output = tokens.accept("output") ? this.#output() : undefined;
    const orderBy = tokens.accept("order") ? this.#orderBy() : [];
    const first = tokens.accept("limit") ? this.#expressions.parse() : undefined;
    // LIMIT 2 OFFSET 5 and LIMIT 5, 2 are the same.
    const behindComma = first !== undefined && tokens.accept(",") ? this.#expressions.parse() : undefined;
    const behindOffset =
      first !== undefined && behindComma === undefined && tokens.accept("offset") ? this.#expressions.parse() : undefined;
    const limit = behindComma ?? first;
    const offset = behindComma === undefined ? behindOffset : first;
    const end = tokens.lastEnd;
    return { insertInto, stream, distinct, items, from, joins, where, groupBy, having, output, orderBy, limit, offset, at, end };
  }

  #list<T>(parse: () => T): T[] {
    const list = [parse()];
    while (this.#tokens.accept(",")) list.push(parse());
    return list;
  }

  #insertInto(): InsertIntoNode {
    const tokens = this.#tokens;
    const at = tokens.lastEnd - "insert".length;
    const stream = tokens.accept("irstream") ? "irstream" : tokens.accept("rstream") ? "rstream" : "istream";
    if (stream === "istream") tokens.accept("istream");
    tokens.expect("into");
    const target = this.#name("a target name");
    let columns: string[] = [];
    if (tokens.accept("(")) {
      columns = this.#list(() => this.#name("a field name"));
      tokens.expect(")");
    }
    return { stream, target, columns, at, end: tokens.lastEnd };
  }

  #item(): SelectItemNode {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    if (tokens.accept("*")) return { kind: "wildcard", of: undefined, alias: undefined, at, end: tokens.lastEnd };
    const expression = this.#expressions.parse();
    const alias = this.#alias(AFTER_ITEM);
    const end = tokens.lastEnd;
    if (expression.kind === "star") return { kind: "wildcard", of: expression.of, alias, at, end };
    return { kind: "expression", expression, alias, at, end };
  }

  /** `as name`, or a bare name: only where one of `followers` or the end comes next, so that a misspelt keyword is not taken for one. */
  #alias(followers: ReadonlySet<string>): string | undefined {
    const tokens = this.#tokens;
    if (tokens.accept("as")) return this.#name("an alias");
    const token = tokens.peek();
    const named = token.kind === "quoted" || (token.kind === "word" && !NOT_AN_ALIAS.has(token.word));
    const after = tokens.peek(1);
    return named && (after.kind === "end" || followers.has(after.word)) ? tokens.next().text : undefined;
  }

  #name(category: string): string {
    const token = this.#tokens.peek();
    if (token.kind === "quoted" || (token.kind === "word" && !RESERVED.has(token.word))) return this.#tokens.next().text;
    this.#tokens.wants(category);
    return this.#tokens.fail();
  }

  #from(): [StreamNode[], JoinNode[]] {
    const tokens = this.#tokens;
    const from = [this.#stream()];
    const joins: JoinNode[] = [];
    for (;;) {
      const { at } = tokens.peek();
      if (tokens.accept(",")) {
        from.push(this.#stream());
        joins.push({ type: "inner", on: undefined, at, end: tokens.lastEnd });
        continue;
      }
      const type = this.#joinType();
      if (type === undefined) return [from, joins];
      from.push(this.#stream());
      const on = tokens.accept("on") ? this.#expressions.parse() : undefined;
      joins.push({ type, on, at, end: tokens.lastEnd });
    }
  }

  #joinType(): JoinNode["type"] | undefined {
    const tokens = this.#tokens;
    for (const type of ["left", "right", "full"] as const) {
      if (!tokens.accept(type)) continue;
      tokens.accept("outer");
      tokens.expect("join");
      return type;
    }
    if (tokens.accept("inner")) tokens.expect("join");
    else if (!tokens.accept("join")) return undefined;
    return "inner";
  }

  #stream(): StreamNode {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    const source = this.#source();
    const views: ViewNode[] = [];
    while (tokens.accept(".")) views.push(this.#view());
    const alias = tokens.is("unidirectional") || tokens.is("retain") ? undefined : this.#alias(AFTER_STREAM);
    const unidirectional = tokens.accept("unidirectional") !== undefined;
    const retain = tokens.accept("retain") ? this.#retain() : undefined;
    const rowPattern = tokens.is("match_recognize") ? new RowPatternParser(tokens, this.#expressions).parse() : undefined;
    const name = alias ?? (rowPattern === undefined ? undefined : this.#alias(AFTER_STREAM));
    return { source, views, alias: name, unidirectional, retain, rowPattern, at, end: tokens.lastEnd };
  }

  #source(): StreamNode["source"] {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    if (tokens.isSequence("pattern", "[") || tokens.isSequence("pattern", "@")) return this.#pattern();
    const target = this.#name("a target name");
    const filters = tokens.accept("(") ? this.#filters() : [];
    return { kind: "target", target, filters, at, end: tokens.lastEnd };
  }

  #pattern(): PatternStreamNode {
    const tokens = this.#tokens;
    const { at } = tokens.next();
    const annotations = new Set<string>();
    while (tokens.accept("@")) {
      const name = ANNOTATIONS.find((annotation) => tokens.is(annotation));
      if (name === undefined) return tokens.fail();
      annotations.add(name);
      tokens.next();
    }
    tokens.expect("[");
    const pattern = new PatternParser(tokens, this.#expressions, () => this.#cronFields()).parse();
    tokens.expect("]");
    const suppressOverlapping = annotations.has("suppressoverlappingmatches");
    return {
      kind: "pattern",
      pattern,
      suppressOverlapping,
      discardPartials: annotations.has("discardpartialsonmatch"),
      at,
      end: tokens.lastEnd,
    };
  }

  #filters(): ExpressionNode[] {
    if (this.#tokens.accept(")")) return [];
    const filters = this.#expressions.parseList();
    this.#tokens.expect(")");
    return filters;
  }

  #retain(): "union" | "intersection" {
    this.#tokens.expect("-");
    if (this.#tokens.accept("union")) return "union";
    this.#tokens.expect("intersection");
    return "intersection";
  }

  #view(): ViewNode {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    const space = this.#name("a window, as win:time_batch");
    tokens.expect(":");
    const name = `${space}:${this.#name("the name of a window")}`;
    tokens.expect("(");
    const parameters = tokens.is(")") ? [] : this.#list(() => this.#viewParameter());
    tokens.expect(")");
    return { name, parameters, at, end: tokens.lastEnd };
  }

  #viewParameter(): ViewParameterNode {
    const expression = this.#expressions.parse();
    return { expression, descending: this.#descending(), at: expression.at, end: this.#tokens.lastEnd };
  }

  #descending(): boolean {
    if (this.#tokens.accept("desc")) return true;
    this.#tokens.accept("asc");
    return false;
  }

  #groupBy(): GroupByNode[] {
    this.#tokens.expect("by");
    return this.#list(() => this.#groupByItem());
  }

  #groupByItem(): GroupByNode {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    for (const kind of ["rollup", "cube"] as const) {
      if (!tokens.isSequence(kind, "(")) continue;
      tokens.next();
      tokens.next();
      const sets = this.#list(() => this.#groupingSet());
      tokens.expect(")");
      return { kind, sets, at, end: tokens.lastEnd };
    }
    if (tokens.isSequence("grouping", "sets")) {
      tokens.next();
      tokens.next();
      tokens.expect("(");
      const sets = this.#list(() =>
        tokens.isSequence("rollup", "(") || tokens.isSequence("cube", "(") ? this.#groupByItem() : this.#groupingSet(),
      );
      tokens.expect(")");
      return { kind: "grouping_sets", sets, at, end: tokens.lastEnd };
    }
    const expression = this.#expressions.parse();
    return { kind: "expression", expression, at, end: expression.end };
  }

  /** `a`, `(a, b)` or `()`. */
  #groupingSet(): GroupingSetNode {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    if (!tokens.accept("(")) {
      const expression = this.#expressions.parse();
      return { kind: "set", expressions: [expression], at, end: expression.end };
    }
    const expressions = tokens.is(")") ? [] : this.#expressions.parseList();
    tokens.expect(")");
    return { kind: "set", expressions, at, end: tokens.lastEnd };
  }

  #orderBy(): OrderByNode[] {
    this.#tokens.expect("by");
    return this.#list(() => {
      const expression = this.#expressions.parse();
      return { expression, descending: this.#descending(), at: expression.at, end: this.#tokens.lastEnd };
    });
  }

  #output(): OutputNode {
    const tokens = this.#tokens;
    const at = tokens.lastEnd - "output".length;
    const after = tokens.accept("after") ? this.#amount() : undefined;
    const select = this.#outputSelect();
    let every: OutputAmountNode | undefined;
    let schedule: CronFieldNode[] | undefined;
    let when: ExpressionNode | undefined;
    if (tokens.accept("every")) every = this.#amount();
    else if (tokens.accept("at")) schedule = this.#schedule();
    else if (tokens.accept("when")) when = this.#expressions.parse();
    else if (after === undefined) tokens.fail();
    const assignments = when !== undefined && tokens.accept("then") ? this.#assignments() : [];
    return { after, select, every, schedule, when, assignments, at, end: tokens.lastEnd };
  }

  #outputSelect(): OutputNode["select"] {
    for (const word of ["all", "first", "last", "snapshot"] as const) if (this.#tokens.accept(word)) return word;
    return "default";
  }

  #assignments(): { variable: string; value: ExpressionNode }[] {
    this.#tokens.expect("set");
    return this.#list(() => {
      const variable = this.#name("a variable");
      this.#tokens.expect("=");
      return { variable, value: this.#expressions.parse() };
    });
  }

  /** `3 events` or `20 sec`. */
  #amount(): OutputAmountNode {
    const tokens = this.#tokens;
    const amount = this.#expressions.parse();
    if (amount.kind === "period") return { kind: "period", period: amount, at: amount.at, end: amount.end };
    tokens.expect("events");
    return { kind: "events", count: amount, at: amount.at, end: tokens.lastEnd };
  }

  #schedule(): CronFieldNode[] {
    this.#tokens.expect("(");
    const fields = this.#cronFields();
    this.#tokens.expect(")");
    return fields;
  }

  #cronFields(): CronFieldNode[] {
    return this.#list(() => this.#cronField());
  }

  #cronField(): CronFieldNode {
    const tokens = this.#tokens;
    const { at } = tokens.peek();
    if (tokens.accept("*")) {
      if (!tokens.accept("/")) return { kind: "any", at, end: tokens.lastEnd };
      return { kind: "step", step: this.#cronNumber(), at, end: tokens.lastEnd };
    }
    if (tokens.accept("[")) {
      const fields = this.#list(() => this.#cronField());
      tokens.expect("]");
      return { kind: "list", fields, at, end: tokens.lastEnd };
    }
    if (tokens.peek().kind === "word") return { kind: "word", word: tokens.next().word, value: undefined, at, end: tokens.lastEnd };
    const from = this.#cronNumber();
    if (tokens.accept(":")) return { kind: "range", from, to: this.#cronNumber(), at, end: tokens.lastEnd };
    if (tokens.peek().kind === "word") return { kind: "word", word: tokens.next().word, value: from, at, end: tokens.lastEnd };
    return { kind: "number", value: from, at, end: tokens.lastEnd };
  }

  #cronNumber(): number {
    const token = this.#tokens.peek();
    if (token.kind !== "number" || token.type !== "integer") {
      this.#tokens.wants("a whole number");
      this.#tokens.fail();
    }
    return Number(this.#tokens.next().value);
  }
}

const AFTER_ITEM: ReadonlySet<string> = new Set([",", "from"]);

const AFTER_STREAM: ReadonlySet<string> = new Set(
  ", ) ; where group having output order limit left right full inner join on unidirectional retain match_recognize".split(" "),
);

/** What may stand between `pattern` and its brackets, in small letters. */
const ANNOTATIONS = ["suppressoverlappingmatches", "discardpartialsonmatch"] as const;
