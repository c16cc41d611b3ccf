import { HotakaError } from "./errors.ts";

/** Says whether a name (of a query, of a tag) fits. */
export type Match = (name: string) => boolean;

/**
 * A match pattern as Fluentd has it, for names in parts set apart by dots. Throws HOTAKA_CONFIG_INVALID when it cannot be read.
 *
 *     *        any text without a dot                 block.*      block.ssh, not block.ssh.root
 *     **       any text; `.**` and `**.` zero or more parts   block.**     block, block.ssh, block.ssh.root
 *     {a,b}    either, nested as one likes            {block,detect}.ssh
 *     \x       the character x itself
 *     /re/     the whole name fits a regular expression
 *     a b      several patterns apart by blanks: any of them
 *
 * A pattern comes from the settings and is asked once a name, not once an event; a name beyond `NAME_CHARS_MAX` characters fits nothing,
 * which bounds what a costly expression can take.
 * @see fluentd lib/fluent/match.rb, GlobMatchPattern
 */
export function compileMatch(pattern: string): Match {
  const expressions = pattern.trim().split(/\s+/).map(expressionOf);
  return (name) => name.length <= NAME_CHARS_MAX && expressions.some((expression) => expression.test(name));
}

function expressionOf(pattern: string): RegExp {
  if (pattern === "") throw invalid(pattern, "it is empty");
  if (pattern.length > PATTERN_CHARS_MAX) throw invalid(`${pattern.slice(0, 40)}…`, `it is longer than ${PATTERN_CHARS_MAX} characters`);
  if (!pattern.startsWith("/")) return new RegExp(`^(?:${globSource(pattern)})$`, "s");
  if (pattern.length < 2 || !pattern.endsWith("/")) throw invalid(pattern, "a regular expression ends with a slash");
  try {
    return new RegExp(`^(?:${pattern.slice(1, -1)})$`);
  } catch (thrown) {
    throw invalid(pattern, "it is not a regular expression", thrown);
  }
}

function globSource(pattern: string): string {
  // One list of alternatives for each brace that is open; the text read so far is the last of the innermost.
  const open: string[][] = [[""]];
  const add = (source: string): void => {
    const innermost = open.at(-1)!;
    innermost[innermost.length - 1] += source;
  };
  let at = 0;
  // A dot is held back until it is known whether "**" follows, which makes it optional.
  let dot = false;
  while (at < pattern.length) {
    if (pattern.startsWith("**", at)) {
      if (dot) add("(?![^.])");
      dot = false;
      const ownsDot = pattern[at + 2] === ".";
      add(ownsDot ? "(?:.*\\.|^)" : ".*");
      at += ownsDot ? 3 : 2;
      continue;
    }
    const character = pattern[at]!;
    if (dot) add("\\.");
    dot = character === ".";
    at++;
    if (dot) continue;
    if (character === "\\") {
      if (at === pattern.length) throw invalid(pattern, "nothing follows its last backslash");
      add(literal(pattern[at++]!));
    } else if (character === "*") {
      add("[^.]*");
    } else if (character === "{") {
      open.push([""]);
    } else if (character === "," && open.length > 1) {
      open.at(-1)!.push("");
    } else if (character === "}" && open.length > 1) {
      const alternatives = open.pop()!;
      add(`(?:${alternatives.join("|")})`);
    } else {
      add(literal(character));
    }
  }
  if (dot) add("\\.");
  if (open.length > 1) throw invalid(pattern, 'a "{" is not closed');
  return open[0]![0]!;
}

function literal(character: string): string {
  return /[\w-]/.test(character) ? character : character.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
}

function invalid(pattern: string, why: string, cause?: unknown): HotakaError {
  return new HotakaError(
    "HOTAKA_CONFIG_INVALID",
    `match pattern "${pattern}" cannot be read: ${why}. Patterns are like block.ssh, block.*, block.** or {block,detect}.**.`,
    {
      cause,
    },
  );
}

const PATTERN_CHARS_MAX = 512;
const NAME_CHARS_MAX = 512;
