import { type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** A pattern of paths: which files there are that fit it now. */
export interface Glob {
  /** Whether it can fit more than one path. */
  readonly isPattern: boolean;
  /** At most `most` paths of regular files, in order; a folder that cannot be read has none. */
  find(most: number): string[];
  /** Whether a path fits. */
  fits(path: string): boolean;
}

/**
 * A pattern of absolute paths as shells have it, part for part between slashes; at most 1,024 characters.
 *
 *     *        any text                 ?        one character             [abc] [a-z] [!abc]   one of them
 *     {a,b}    either                   **       as a part of its own: no folder or any, 16 deep at most
 *     \x       the character x itself
 *
 * A name that begins with a dot is found only by a part that begins with one. Symbolic links to files are followed, those to folders only
 * where the pattern names them. Gives a sentence that says what is wrong with a pattern.
 */
export function globOf(pattern: string): Glob | string {
  if (pattern.length > PATTERN_LENGTH_MAX) return `at most ${PATTERN_LENGTH_MAX} characters were wanted`;
  const alternatives = expanded(pattern);
  if (alternatives === undefined) return `a closing brace for each {, and at most ${ALTERNATIVES_MAX} alternatives, were wanted`;
  const globs = alternatives.map((path) => path.split("/").slice(1).map(partOf));
  const isPattern = globs.length > 1 || globs.some((parts) => parts.some((part) => typeof part !== "string"));
  return {
    isPattern,
    find: (most) => {
      const found = new Set<string>();
      for (const parts of globs) walk("/", parts, 0, (path) => found.size < most && (found.add(path), true));
      return [...found].toSorted();
    },
    fits: (path) => globs.some((parts) => fitsParts(path.split("/").slice(1), parts)),
  };
}

/** A name, what names fit, or any number of folders. */
type Part = string | RegExp | typeof ANY_DEPTH;

function partOf(part: string): Part {
  if (part === "**") return ANY_DEPTH;
  if (!/[*?[\\]/.test(part)) return part;
  let source = /^[*?[]/.test(part) ? "(?!\\.)" : "";
  for (const [token, escaped, negation, members] of part.matchAll(/\\(.)|\[([!^]?)(\]?[^\]]*)\]|[^]/g)) {
    if (escaped !== undefined) source += quoted(escaped);
    else if (members !== undefined) source += `[${negation === "" ? "" : "^"}${members.replaceAll(/[\\\]^[]/g, "\\$&")}]`;
    else if (token === "*") source += "[^/]*";
    else source += token === "?" ? "[^/]" : quoted(token);
  }
  try {
    return new RegExp(`^${source}$`, "su");
  } catch {
    // `[z-a]` fits nothing.
    return /$^/;
  }
}

/** Calls `take` with each file, until it says no. */
function walk(folder: string, parts: readonly Part[], depth: number, take: (path: string) => boolean): boolean {
  const [part, ...rest] = parts;
  if (part === undefined) return true;
  if (typeof part === "string" && rest.length > 0) return walk(join(folder, part), rest, depth, take);
  if (typeof part === "string") return isFile(join(folder, part)) ? take(join(folder, part)) : true;
  if (part === ANY_DEPTH) {
    if (!walk(folder, rest, depth, take)) return false;
    if (depth >= DEPTH_MAX) return true;
    return entries(folder).every(
      (entry) => entry.name.startsWith(".") || !entry.isDirectory() || walk(join(folder, entry.name), parts, depth + 1, take),
    );
  }
  return entries(folder).every((entry) => {
    if (!part.test(entry.name)) return true;
    const path = folder === "/" ? `/${entry.name}` : `${folder}/${entry.name}`;
    if (rest.length > 0) return entry.isFile() || walk(path, rest, depth, take);
    return !(entry.isFile() || (entry.isSymbolicLink() && isFile(path))) || take(path);
  });
}

function fitsParts(names: readonly string[], parts: readonly Part[]): boolean {
  const [part, ...rest] = parts;
  if (part === undefined) return names.length === 0;
  if (part === ANY_DEPTH) return names.some((_, at) => at <= DEPTH_MAX && fitsParts(names.slice(at), rest));
  const [name, ...deeper] = names;
  if (name === undefined) return false;
  return (typeof part === "string" ? part === name : part.test(name)) && fitsParts(deeper, rest);
}

/** The patterns that braces stand for; undefined when one is not closed, or for too many of them. */
function expanded(pattern: string): string[] | undefined {
  const open = indexOfUnescaped(pattern, "{", 0);
  if (open === -1) return [pattern];
  const commas: number[] = [open];
  let depth = 0;
  for (let at = open; at < pattern.length; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "{") depth++;
    else if (pattern[at] === "," && depth === 1) commas.push(at);
    else if (pattern[at] === "}" && --depth === 0) {
      const ends = [...commas.slice(1), at];
      const all: string[] = [];
      for (const [index, end] of ends.entries()) {
        const made = expanded(pattern.slice(0, open) + pattern.slice(commas[index]! + 1, end) + pattern.slice(at + 1));
        if (made === undefined || all.length + made.length > ALTERNATIVES_MAX) return undefined;
        all.push(...made);
      }
      return all;
    }
  }
  return undefined;
}

function indexOfUnescaped(text: string, letter: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === letter) return at;
  }
  return -1;
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function quoted(character: string): string {
  return character.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

const ANY_DEPTH = Symbol("**");
const PATTERN_LENGTH_MAX = 1024;
const ALTERNATIVES_MAX = 100;
const DEPTH_MAX = 16;
