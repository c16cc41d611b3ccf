/** A value as it stands in a configuration of Fluentd. */
export interface Literal {
  readonly text: string;
  /** There is Ruby in it that Fluentd would run: `"#{...}"`. The text has it as it is written. */
  readonly hasRuby: boolean;
  /** Behind the value and what may follow it on its line. */
  readonly end: number;
}

/**
 * Reads the value that begins at `at`, as Fluentd's parser of version 1 does:
 *
 *     value   = double / single / JSON / plain
 *     double  = DQ *( any / "\" any / "#{" Ruby "}" ) DQ     ; may go over lines
 *     single  = "'" *( any / "\'" / "\\" ) "'"
 *     JSON    = what begins with [ or {, over lines until it is closed
 *     plain   = anything up to the end of the line, or to blanks and a #
 *
 * What begins as one of the first three and is none is plain. @see fluentd lib/fluent/config/literal_parser.rb
 */
export function readLiteral(text: string, at: number): Literal {
  const first = text[at];
  const quoted =
    first === '"'
      ? doubleQuoted(text, at)
      : first === "'"
        ? singleQuoted(text, at)
        : first === "[" || first === "{"
          ? json(text, at)
          : undefined;
  if (quoted !== undefined && isLineOver(text, quoted.end)) return { ...quoted, end: endOfLine(text, quoted.end) };
  const end = endOfLine(text, at);
  const line = text.slice(at, end);
  // A # alone is part of a value: expressions have them.
  const comment = /[ \t]+#/.exec(line);
  return { text: (comment === null ? line : line.slice(0, comment.index)).trim(), hasRuby: false, end };
}

/** The end of the line in which `at` stands. */
export function endOfLine(text: string, at: number): number {
  const newline = text.indexOf("\n", at);
  return newline < 0 ? text.length : newline;
}

function isLineOver(text: string, at: number): boolean {
  return /^[ \t\r]*(?:#|$)/.test(text.slice(at, endOfLine(text, at)));
}

function doubleQuoted(text: string, start: number): Literal | undefined {
  let value = "";
  let hasRuby = false;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') return { text: value, hasRuby, end: at + 1 };
    if (character === "\\") {
      const next = text[++at] ?? "";
      value += next === "\n" ? "" : (ESCAPES.get(next) ?? next);
    } else if (character === "#" && text[at + 1] === "{") {
      const end = endOfRuby(text, at + 2);
      if (end < 0) return undefined;
      value += text.slice(at, end);
      hasRuby = true;
      at = end - 1;
    } else {
      value += character;
    }
  }
  return undefined;
}

function endOfRuby(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at + 1;
  }
  return -1;
}

function singleQuoted(text: string, start: number): Literal | undefined {
  let value = "";
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === "'") return { text: value, hasRuby: false, end: at + 1 };
    const isEscape = character === "\\" && (text[at + 1] === "'" || text[at + 1] === "\\");
    value += isEscape ? text[++at] : character;
  }
  return undefined;
}

function json(text: string, start: number): Literal | undefined {
  let depth = 0;
  let isText = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (isText) {
      if (character === "\\") at++;
      else if (character === '"') isText = false;
    } else if (character === '"') isText = true;
    else if (character === "[" || character === "{") depth++;
    else if ((character === "]" || character === "}") && --depth === 0) {
      const value = text.slice(start, at + 1);
      return isJson(value) ? { text: value, hasRuby: false, end: at + 1 } : undefined;
    }
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["f", "\f"],
  ["b", "\b"],
  ["0", "\0"],
]);
