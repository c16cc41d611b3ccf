import type * as yaml from "yaml";
import type { Document, LineCounter, Node } from "yaml";
import { type ErrorCode, HotakaError, messageOf, oneLine } from "../kit/index.ts";

/** Something wrong in a settings file, at its place. Lines and columns count from 1. */
export interface SettingsProblem {
  readonly code: ErrorCode;
  readonly line: number;
  readonly column: number;
  /** Starts with the user's own word, mostly the path of the setting: `queries[0].sql: ...`. */
  readonly sentence: string;
}

/** Keys and indices from the top of the file to a setting. */
export type SettingsPath = readonly (string | number)[];

/** `queries[0].sql`; the top itself is "the settings". */
export function pathText(path: SettingsPath): string {
  if (path.length === 0) return "the settings";
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? oneLine(part, 100) : `.${oneLine(part, 100)}`))
    .join("");
}

/**
 * Every problem of a settings file in one error: its message is a line for each, `file:line:column CODE  sentence`, in the order of the
 * file; its code is that of the first.
 */
export class SettingsError extends HotakaError {
  readonly file: string;
  readonly problems: readonly SettingsProblem[];

  constructor(file: string, problems: readonly SettingsProblem[]) {
    const inOrder = problems.toSorted((left, right) => left.line - right.line || left.column - right.column);
    const lines = inOrder.slice(0, PROBLEMS_SHOWN_MAX).map((problem) => {
      return `${file}:${problem.line}:${problem.column} ${problem.code}  ${problem.sentence}`;
    });
    if (inOrder.length > PROBLEMS_SHOWN_MAX) lines.push(`${file}: and ${inOrder.length - PROBLEMS_SHOWN_MAX} more`);
    super(inOrder[0]?.code ?? "HOTAKA_CONFIG_INVALID", lines.join("\n"));
    this.file = file;
    this.problems = inOrder;
  }
}

/**
 * A YAML 1.2 text as plain values, which remembers where each of them stands. Anchors and `<<` may be used, within bounds. Throws a
 * SettingsError when the text is not YAML, is longer than `SETTINGS_BYTES_MAX`, or has a key twice. yaml is loaded here, so that a
 * command without settings does not pay for it.
 */
export async function parseSettings(text: string, file: string): Promise<SettingsDocument> {
  const { isAlias, isMap, isScalar, isSeq, LineCounter: Lines, parseDocument, visit } = await import("yaml");
  if (Buffer.byteLength(text) > SETTINGS_BYTES_MAX) {
    const sentence = `the file is ${Buffer.byteLength(text)} bytes long; at most ${SETTINGS_BYTES_MAX} are read.`;
    throw new SettingsError(file, [{ code: "HOTAKA_CONFIG_SYNTAX", line: 1, column: 1, sentence }]);
  }
  const lines = new Lines();
  const syntax = (offset: number, sentence: string, code: ErrorCode = "HOTAKA_CONFIG_SYNTAX"): SettingsProblem => {
    const { line, col } = lines.linePos(offset);
    return { code, line: Math.max(line, 1), column: Math.max(col, 1), sentence };
  };
  try {
    // Its own check of keys compares each with all others; the walk below is linear, and can say where the first one stands.
    const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false, uniqueKeys: false });
    const problems = [...document.errors, ...document.warnings].map(({ message, pos }) => syntax(pos[0], oneLine(message, 200)));
    visit(document, {
      Map: (_, map) => {
        const seen = new Map<string, number>();
        for (const { key } of map.items) {
          if (!isScalar(key) || key.range === undefined || key.range === null) continue;
          const name = String(key.value);
          const first = seen.get(name);
          if (first === undefined) seen.set(name, key.range[0]);
          else {
            const sentence = `"${oneLine(name, 100)}" stands twice, here and on line ${lines.linePos(first).line}. Remove one.`;
            problems.push(syntax(key.range[0], sentence, "HOTAKA_CONFIG_DUPLICATE"));
          }
        }
      },
    });
    if (problems.length > 0) throw new SettingsError(file, problems);
    // An empty file is an empty map of settings: everything has its default.
    const value: unknown = document.contents === null ? {} : document.toJS({ maxAliasCount: ALIASES_MAX });
    return new SettingsDocument({ text, file, value, document, lines, kinds: { isAlias, isMap, isScalar, isSeq } });
  } catch (thrown) {
    if (thrown instanceof HotakaError) throw thrown;
    const sentence =
      thrown instanceof RangeError
        ? "the settings are nested too deeply to be read."
        : `the settings cannot be read: ${oneLine(messageOf(thrown), 200)}. At most ${ALIASES_MAX} aliases (*name) are followed.`;
    throw new SettingsError(file, [syntax(0, sentence)]);
  }
}

type NodeKinds = Pick<typeof yaml, "isAlias" | "isMap" | "isScalar" | "isSeq">;

/** A settings file that was read: its values, and where in the file each of them stands. */
export class SettingsDocument {
  readonly file: string;
  /** Plain values: maps as objects, lists as arrays, an empty map for an empty file. */
  readonly value: unknown;
  readonly #text: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #kinds: NodeKinds;

  constructor(parts: { text: string; file: string; value: unknown; document: Document.Parsed; lines: LineCounter; kinds: NodeKinds }) {
    this.file = parts.file;
    this.value = parts.value;
    this.#text = parts.text;
    this.#document = parts.document;
    this.#lines = parts.lines;
    this.#kinds = parts.kinds;
  }

  /** A problem with what stands at `path`, or with its innermost part that is there. With `key` the name is meant, not the value. */
  problem(code: ErrorCode, path: SettingsPath, sentence: string, { key = false }: { key?: boolean } = {}): SettingsProblem {
    const found = this.#find(path);
    return { code, ...this.#position((key ? found.key : found.value) ?? found.value ?? found.key), sentence };
  }

  /**
   * The place in the file of a place within the text at `path`: `line` and `column` count from 1 in the text as a reader of the value sees
   * it. Exact for a literal block (`|`) and for a text on one line; elsewhere, where YAML folds lines, it is the start of the text.
   */
  positionInText(path: SettingsPath, line: number, column: number): { line: number; column: number } {
    const node = this.#find(path).value;
    const start = this.#position(node);
    if (!this.#kinds.isScalar(node) || typeof node.value !== "string") return start;
    const fileLine = this.#text.split("\n")[start.line - 1 + (node.type === "BLOCK_LITERAL" ? line : 0)]?.replace(/\r$/, "") ?? "";
    if (node.type === "BLOCK_LITERAL") {
      const textLine = node.value.split("\n")[line - 1] ?? "";
      return { line: start.line + line, column: column + Math.max(fileLine.length - textLine.length, 0) };
    }
    const at = fileLine.indexOf(node.value, start.column - 1);
    return at < 0 || node.value.includes("\n") ? start : { line: start.line, column: at + column };
  }

  #find(path: SettingsPath): { key: Node | undefined; value: Node | undefined } {
    let found: { key: Node | undefined; value: Node | undefined } = { key: undefined, value: this.#document.contents ?? undefined };
    for (const part of path) {
      const next = this.#child(found.value, part);
      if (next === undefined) return found;
      found = next;
    }
    return found;
  }

  #child(parent: Node | undefined, part: string | number): { key: Node | undefined; value: Node | undefined } | undefined {
    const { isAlias, isMap, isScalar, isSeq } = this.#kinds;
    const node = isAlias(parent) ? parent.resolve(this.#document) : parent;
    if (isMap<Node, Node | null>(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      return pair === undefined ? undefined : { key: pair.key, value: pair.value ?? undefined };
    }
    const item = isSeq<Node>(node) && typeof part === "number" ? node.items[part] : undefined;
    return item === undefined ? undefined : { key: undefined, value: item };
  }

  #position(node: Node | undefined): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(node?.range?.[0] ?? 0);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

const SETTINGS_BYTES_MAX = 1_048_576;
const ALIASES_MAX = 100;
const PROBLEMS_SHOWN_MAX = 50;
