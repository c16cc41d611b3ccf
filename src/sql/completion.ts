import type { Schema } from "../event/index.ts";
import { BUILT_IN_FUNCTIONS } from "./analyse/built_in_function.ts";
import { aggregates, functions, windows } from "./standard.ts";
import { expectedBehind, SourceText, tokensOf } from "./syntax/index.ts";
import { EXPRESSION } from "./syntax/token_stream.ts";
import { NOT_AN_ALIAS } from "./syntax/words.ts";
import type { OwnDefinitions } from "./vocabulary.ts";

/** One thing that may stand at a place in a query. */
export interface Completion {
  readonly text: string;
  readonly kind: "keyword" | "target" | "field" | "window" | "function" | "aggregate";
  /** The type of a field, what a function does, or empty. */
  readonly detail: string;
}

/** What may stand in place of the part of the text from `from` to the offset that was asked about. */
export interface Completions {
  readonly from: number;
  readonly items: readonly Completion[];
}

/** What the completions are chosen from. */
export interface CompletionScope {
  readonly schemas: ReadonlyMap<string, Schema>;
  readonly own?: OwnDefinitions | undefined;
}

/**
 * What may stand at an offset of a query (in UTF-16 units, as an editor counts), for what is written before it. The parser says what it
 * would take there; names come from the streams of the whole text, also of what stands behind. Nothing where the text before is wrong, or the
 * place is within a string or a comment. Never throws.
 */
export function completionsAt(sql: string, offset: number, scope: CompletionScope): Completions {
  const before = sql.slice(0, Math.max(0, offset));
  const [, path = "", part = ""] =
    /((?:[\p{L}_$][\p{L}\p{N}_$]*\.)*)((?:(?:win|std|ext|stat|leaky):)?[\p{L}\p{N}_$]*)$/iu.exec(before) ?? [];
  const from = before.length - part.length;
  const expected = expectedBehind(new SourceText("", before.slice(0, from)));
  const streams = streamsIn(sql, scope.schemas);
  const found = new Found(part);
  const owner = path === "" ? undefined : path.slice(0, -1);
  // Behind a dot of a stream in FROM stands a window, behind one of an alias a field.
  if (expected.includes(WINDOW_NAME)) found.windows();
  if (expected.includes(MEMBER_NAME) && owner !== undefined) found.members(owner, streams);
  if (expected.includes(TARGET_NAME)) for (const name of scope.schemas.keys()) found.add(name, "target", "");
  if (expected.includes(EXPRESSION)) {
    found.fields(streams);
    found.functions(scope.own);
    for (const word of VALUE_WORDS) found.add(word, "keyword", "");
  }
  for (const word of expected) if (/^[a-z_]+$/.test(word)) found.add(word, "keyword", "");
  return { from, items: found.items.slice(0, ITEMS_MAX) };
}

/** A stream of the text by the name that it goes by. */
interface NamedStream {
  readonly name: string;
  readonly schema: Schema;
}

/** The targets that the text names, and their aliases. Goes by the words alone: the text is not finished. */
function streamsIn(sql: string, schemas: ReadonlyMap<string, Schema>): NamedStream[] {
  const tokens = tokensOf(sql);
  const streams: NamedStream[] = [];
  for (const [index, { kind, text }] of tokens.entries()) {
    const schema = kind === "word" || kind === "quoted" ? schemas.get(text) : undefined;
    if (schema === undefined || !BEFORE_A_STREAM.has(tokens[index - 1]?.word ?? "")) continue;
    streams.push({ name: text, schema });
    // In a pattern the name stands before it, `a=access`; in FROM behind its windows, `access.win:time(1 min) AS a`.
    const tag = tokens[index - 1]?.word === "=" ? tokens[index - 2] : undefined;
    const alias = tag ?? aliasBehind(tokens, index + 1);
    if (alias?.kind === "word") streams.push({ name: alias.text, schema });
  }
  return streams;
}

type Tokens = ReturnType<typeof tokensOf>;

function aliasBehind(tokens: Tokens, start: number): Tokens[number] | undefined {
  let depth = 0;
  for (let at = start; at < tokens.length; at++) {
    const { word } = tokens[at]!;
    if (word === "(" || word === "[") depth++;
    else if (word === ")" || word === "]") depth--;
    else if (depth === 0 && word === "as") return tokens[at + 1];
    else if (depth === 0 && (word === "," || NOT_AN_ALIAS.has(word))) return undefined;
    if (depth < 0) return undefined;
  }
  return undefined;
}

class Found {
  readonly items: Completion[] = [];
  readonly #part: string;
  readonly #seen = new Set<string>();

  constructor(part: string) {
    this.#part = part.toLowerCase();
  }

  add(text: string, kind: Completion["kind"], detail: string): void {
    if (!text.toLowerCase().startsWith(this.#part) || this.#seen.has(`${kind} ${text}`)) return;
    this.#seen.add(`${kind} ${text}`);
    this.items.push({ text, kind, detail });
  }

  windows(): void {
    for (const { name, summary } of windows) this.add(name, "window", summary);
  }

  /** Fields by themselves, or behind the name of their stream where another has the same. */
  fields(streams: readonly NamedStream[]): void {
    for (const { name, schema } of streams) {
      for (const field of schema.fields) this.add(field.name, "field", field.type);
      if (name !== schema.target) this.add(name, "field", "event");
    }
  }

  /** What stands behind `a.` or `req.`: fields of the stream of that name, or the rest of nested ones. */
  members(owner: string, streams: readonly NamedStream[]): void {
    for (const { name, schema } of streams) {
      for (const field of schema.fields) {
        if (name === owner) this.add(field.name, "field", field.type);
        if (field.name.startsWith(`${owner}.`)) this.add(field.name.slice(owner.length + 1), "field", field.type);
      }
    }
  }

  functions(own: OwnDefinitions | undefined): void {
    for (const { name, summary } of [...functions, ...(own?.functions ?? [])]) this.add(name, "function", summary);
    for (const name of BUILT_IN_FUNCTIONS.keys()) this.add(name, "function", "");
    for (const { name, summary } of [...aggregates, ...(own?.aggregates ?? [])]) this.add(name, "aggregate", summary);
  }
}

/** The categories by which the parser names what it wants. */
const WINDOW_NAME = "a window, as win:time_batch";
const TARGET_NAME = "a target name";
const MEMBER_NAME = "a field or method name";

/** Words that a value begins with; the parser looks for them without saying so. */
const VALUE_WORDS = ["case", "exists", "false", "null", "true"];

const BEFORE_A_STREAM: ReadonlySet<string> = new Set(["from", "join", ",", "=", "[", "->", "every", "and", "or", "not", "(", "into"]);
const ITEMS_MAX = 1000;
