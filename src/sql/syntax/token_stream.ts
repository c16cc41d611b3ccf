import { didYouMean, type HotakaError } from "../../kit/index.ts";
import { type Token, tokenize } from "./lexer.ts";
import { QUERY_DEPTH_MAX, type SourceText } from "./source.ts";

/**
 * The tokens of a query with a place to read from. It remembers everything that would have been right at the furthest place reached: that
 * set is the "expected" of an error message and the completions of an editor.
 */
export class TokenStream {
  readonly source: SourceText;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;
  readonly #expected = new Set<string>();

  constructor(source: SourceText) {
    this.source = source;
    this.#tokens = tokenize(source);
  }

  /** The token to be read next, or one further on. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#index + ahead, this.#tokens.length - 1)]!;
  }

  /** The end of the token read last. */
  get lastEnd(): number {
    return this.#tokens[this.#index - 1]?.end ?? 0;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") {
      this.#index++;
      this.#expected.clear();
    }
    return token;
  }

  /** Reads the token if it is this mark or keyword; otherwise notes that it would have been right. */
  accept(text: string): Token | undefined {
    return this.is(text) ? this.next() : undefined;
  }

  /** Whether this mark or keyword comes next (notes it as expected if not). */
  is(text: string): boolean {
    const token = this.peek();
    if ((token.kind === "mark" || token.kind === "word") && token.word === text) return true;
    this.#expected.add(text);
    return false;
  }

  /** Whether these words or marks come next, one after the other. Notes nothing. */
  isSequence(...texts: readonly string[]): boolean {
    return texts.every((text, ahead) => {
      const token = this.peek(ahead);
      return (token.kind === "mark" || token.kind === "word") && token.word === text;
    });
  }

  expect(text: string): Token {
    return this.accept(text) ?? this.fail();
  }

  /** Notes that something of this name (a category such as "an expression") would be right here. */
  wants(category: string): void {
    this.#expected.add(category);
  }

  /** What would have been right at the present place, in order of trying. */
  get expected(): readonly string[] {
    return [...this.#expected];
  }

  /** Throws HOTAKA_SQL_SYNTAX: what was found here, what was expected. */
  fail(): never {
    throw this.#error();
  }

  #error(): HotakaError {
    const token = this.peek();
    const found = token.kind === "end" ? "the query ends here" : `found ${token.kind === "string" ? token.text : `"${token.text}"`}`;
    const known = [...this.#expected].filter((word) => /^[a-z]/.test(word) && !word.includes(" "));
    const hint = token.kind === "word" ? didYouMean(token.text, known) : "";
    return this.source.error("HOTAKA_SQL_SYNTAX", token.at, `${found}; expected ${listed([...this.#expected])}.${hint}`);
  }

  /** Runs `parse` one level deeper, so that no text, however nested, exhausts the stack. */
  nested<T>(parse: () => T): T {
    if (this.#depth >= QUERY_DEPTH_MAX) {
      throw this.source.error("HOTAKA_SQL_LIMIT", this.peek().at, `the query is nested more than ${QUERY_DEPTH_MAX} levels deep.`);
    }
    this.#depth++;
    try {
      return parse();
    } finally {
      this.#depth--;
    }
  }
}

/** The expected things in words: what begins an expression and what goes on with one are named by category, not one by one. */
function listed(expected: readonly string[]): string {
  const words = expected.includes(EXPRESSION) ? expected.filter((word) => !EXPRESSION_STARTS.has(word)) : expected;
  const operators = words.filter((word) => OPERATORS.has(word));
  const shown = operators.length < 3 ? [...words] : [...words.filter((word) => !OPERATORS.has(word)), "an operator"];
  const quoted = shown.map((word) => (/^[a-z]+ /.test(word) ? word : `"${word}"`));
  if (quoted.length === 0) return "nothing more";
  return quoted.length === 1 ? quoted[0]! : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** The category under which the expression parser notes that an expression would be right. */
export const EXPRESSION = "an expression";

const EXPRESSION_STARTS: ReadonlySet<string> = new Set(["not", "-", "+", "(", "{"]);

const OPERATORS: ReadonlySet<string> = new Set(
  "= != <> < <= > >= || + - * / % & | ^ . [ ( ? is in between like regexp and or not".split(" "),
);
