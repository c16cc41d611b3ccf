import { HotakaError } from "../../kit/index.ts";
import { QUERY_LENGTH_MAX, SourceText } from "./source.ts";

/**
 * A word, a number, a string or a mark.
 *
 * `text` is as written; a word's `word` is in lower case (keywords are no more than words: EPL reserves few, and where a name may stand
 * the parser decides). `value` is what a number or a string stands for.
 */
export interface Token {
  readonly kind: "word" | "quoted" | "number" | "string" | "mark" | "end";
  readonly text: string;
  readonly word: string;
  readonly value: string | number | bigint | undefined;
  readonly type: "integer" | "long" | "float" | "double" | undefined;
  readonly at: number;
  readonly end: number;
}

/** The tokens of a query, ending with one of kind `end`. Throws HOTAKA_SQL_SYNTAX or HOTAKA_SQL_LIMIT. */
export function tokenize(source: SourceText): Token[] {
  if (source.text.length > QUERY_LENGTH_MAX) {
    throw source.error("HOTAKA_SQL_LIMIT", 0, `the text has ${source.text.length} characters; at most ${QUERY_LENGTH_MAX} are read.`);
  }
  const tokens: Token[] = [];
  let at = skipBlank(source, 0);
  while (at < source.text.length) {
    const token = tokenAt(source, at);
    tokens.push(token);
    at = skipBlank(source, token.end);
  }
  tokens.push({ kind: "end", text: "", word: "", value: undefined, type: undefined, at, end: at });
  return tokens;
}

/** As `tokenize`, of a text that need not be right: the tokens before what is none. */
export function tokensOf(text: string): Token[] {
  const source = new SourceText("", text.slice(0, QUERY_LENGTH_MAX));
  const tokens: Token[] = [];
  try {
    for (let at = skipBlank(source, 0); at < source.text.length; at = skipBlank(source, tokens.at(-1)!.end))
      tokens.push(tokenAt(source, at));
  } catch (thrown) {
    if (!(thrown instanceof HotakaError)) throw thrown;
  }
  return tokens;
}

function tokenAt(source: SourceText, at: number): Token {
  const { text } = source;
  const first = text[at]!;
  if (isWordStart(first)) return wordAt(text, at);
  if (isDigit(first) || (first === "." && isDigit(text[at + 1]))) return numberAt(source, at);
  if (first === "'" || first === '"') return stringAt(source, at);
  if (first === "`") return quotedAt(source, at);
  const mark = MARKS.find((candidate) => text.startsWith(candidate, at));
  if (mark === undefined)
    throw source.error("HOTAKA_SQL_SYNTAX", at, `${JSON.stringify(characterAt(text, at))} is not a part of the language.`);
  return { kind: "mark", text: mark, word: mark, value: undefined, type: undefined, at, end: at + mark.length };
}

/** Blanks and the three kinds of comments: to the end of the line after `--` or `//`, and between slash-star and star-slash. */
function skipBlank(source: SourceText, from: number): number {
  const { text } = source;
  let at = from;
  for (;;) {
    while (at < text.length && /\s/.test(text[at]!)) at++;
    if (text.startsWith("--", at) || text.startsWith("//", at)) {
      const lineEnd = text.indexOf("\n", at);
      at = lineEnd === -1 ? text.length : lineEnd + 1;
    } else if (text.startsWith("/*", at)) {
      const close = text.indexOf("*/", at + 2);
      if (close === -1) throw source.error("HOTAKA_SQL_SYNTAX", at, "this comment is never closed; a closing */ was expected.");
      at = close + 2;
    } else {
      return at;
    }
  }
}

function wordAt(text: string, at: number): Token {
  let end = at + 1;
  while (end < text.length && isWordPart(text[end]!)) end++;
  const word = text.slice(at, end);
  return { kind: "word", text: word, word: word.toLowerCase(), value: undefined, type: undefined, at, end };
}

/** Java's number literals: 42, 42L, 0x1F, 1.5, 1.5f, 1.5d, 1e3. */
function numberAt(source: SourceText, at: number): Token {
  const match = NUMBER.exec(source.text.slice(at, at + NUMBER_LENGTH_MAX))!;
  const [text, hex, digits, fraction, exponent, suffix] = match;
  const end = at + text.length;
  if (end < source.text.length && isWordPart(source.text[end]!)) {
    throw source.error("HOTAKA_SQL_SYNTAX", at, `"${source.text.slice(at, end + 1)}" is neither a number nor a name.`);
  }
  const letter = suffix?.toLowerCase();
  const base = { kind: "number", text, word: text, at, end } as const;
  if (hex === undefined && (fraction !== undefined || exponent !== undefined || letter === "f" || letter === "d")) {
    const value = Number(text.replace(/[fd]$/i, ""));
    return letter === "f" ? { ...base, value: Math.fround(value), type: "float" } : { ...base, value, type: "double" };
  }
  const value = BigInt(hex ?? digits!);
  if (letter !== "l" && value <= INTEGER_MAX + 1n) return { ...base, value: Number(value), type: "integer" };
  if (value > LONG_MAX + 1n) throw source.error("HOTAKA_SQL_SYNTAX", at, `the number ${text} is larger than 64 bits can hold.`);
  // EPL, unlike Java, takes a number too large for an int as a long, with or without the L.
  return { ...base, value: value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value, type: "long" };
}

function stringAt(source: SourceText, at: number): Token {
  const { text } = source;
  const quote = text[at]!;
  let value = "";
  let cursor = at + 1;
  for (;;) {
    const character = text[cursor];
    if (character === undefined) {
      throw source.error("HOTAKA_SQL_SYNTAX", at, `this string is never closed; a closing ${quote} was expected.`);
    }
    if (character === quote) break;
    if (character === "\\") {
      const escape = escapeAt(source, cursor);
      value += escape.value;
      cursor = escape.end;
    } else {
      value += character;
      cursor++;
    }
  }
  const end = cursor + 1;
  return { kind: "string", text: text.slice(at, end), word: "", value, type: undefined, at, end };
}

/** Java's escapes; a backslash before any other character stands for itself, as regular expressions are written with it. */
function escapeAt(source: SourceText, at: number): { value: string; end: number } {
  const { text } = source;
  const letter = text[at + 1];
  if (letter === undefined) return { value: "\\", end: at + 1 };
  if (letter === "u") {
    const digits = text.slice(at + 2, at + 6);
    if (!/^[0-9a-f]{4}$/i.test(digits)) throw source.error("HOTAKA_SQL_SYNTAX", at, "\\u must be followed by four hexadecimal digits.");
    return { value: String.fromCharCode(Number.parseInt(digits, 16)), end: at + 6 };
  }
  const known = ESCAPES.get(letter);
  return known === undefined ? { value: `\\${letter}`, end: at + 2 } : { value: known, end: at + 2 };
}

function quotedAt(source: SourceText, at: number): Token {
  const close = source.text.indexOf("`", at + 1);
  if (close === -1) throw source.error("HOTAKA_SQL_SYNTAX", at, "this name is never closed; a closing ` was expected.");
  const name = source.text.slice(at + 1, close);
  if (name === "") throw source.error("HOTAKA_SQL_SYNTAX", at, "there is no name between the backticks.");
  return { kind: "quoted", text: name, word: "", value: name, type: undefined, at, end: close + 1 };
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= "0" && character <= "9";
}

/** `$` stands in names: Norikra writes `a.$0` for the first item of an array. */
function isWordStart(character: string): boolean {
  return /[\p{L}_$]/u.test(character);
}

function isWordPart(character: string): boolean {
  return /[\p{L}\p{N}_$]/u.test(character);
}

function characterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at)!);
}

const NUMBER = /^(?:(0[xX][0-9a-fA-F]+)|(\d*)(\.\d+|\.(?![\w.]))?([eE][+-]?\d+)?)([lLfFdD])?/;
const NUMBER_LENGTH_MAX = 400;
const INTEGER_MAX = 2_147_483_647n;
const LONG_MAX = 9_223_372_036_854_775_807n;

const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({ n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", "'": "'", '"': '"', "\\": "\\" }),
);

/** Longest first, so that the first that fits is the right one. */
const MARKS = [
  "->",
  "=>",
  "<>",
  "<=",
  ">=",
  "!=",
  "==",
  "||",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ",",
  ".",
  ":",
  ";",
  "?",
  "@",
  "#",
  "!",
  "=",
  "<",
  ">",
  "+",
  "-",
  "*",
  "/",
  "%",
  "&",
  "|",
  "^",
] as const;
