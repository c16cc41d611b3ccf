import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { errnoOf, HotakaError, messageOf } from "../../kit/index.ts";
import { type AggregateDefinition, type FunctionDefinition, isFunctionName } from "../../sql/index.ts";
import { DeclarationFault, isRecord } from "./declared.ts";
import { type FailureListener, Failures, lineIn } from "./failures.ts";
import { ownAggregate } from "./own_aggregate.ts";
import { ownFunction } from "./own_function.ts";

/** The functions and aggregates of a file, to be used in queries beside those of the language. */
export interface OwnFunctions {
  readonly file: string;
  readonly functions: readonly FunctionDefinition[];
  readonly aggregates: readonly AggregateDefinition[];
  /** Says from now on to whom what they do wrong at events. */
  tell(listener: FailureListener): void;
  /** How often each has failed. */
  failures(): ReadonlyMap<string, number>;
}

/**
 * Loads a file of functions: a JavaScript module that exports `functions`, `aggregates` or both. It is code of the operator and runs with
 * all the rights of the daemon; so nobody else may be able to write it. Throws HOTAKA_FUNCTIONS_FILE with `file:line` and what was wanted.
 */
export async function loadFunctions(path: string): Promise<OwnFunctions> {
  const file = resolve(path);
  const text = await trustedText(file);
  const module = await imported(file, text);
  const failures = new Failures(file);
  const fault = (word: string, sentence: string): HotakaError => faultAt(file, lineOf(text, word), sentence);
  const read = <Definition>(kind: "functions" | "aggregates", make: (name: string, written: unknown, failures: Failures) => Definition) => {
    const written = module[kind] ?? {};
    if (!isRecord(written)) throw fault(kind, `${kind}: an object was wanted, with the names as its keys.`);
    return Object.entries(written).map(([name, declaration]) => {
      if (!NAME.test(name)) throw fault(name, `"${name}" cannot be the name of a function: letters, digits and _ were wanted.`);
      if (isFunctionName(name)) throw fault(name, `${name} is a function of the language already; give this one another name.`);
      try {
        return make(name, declaration, failures);
      } catch (thrown) {
        throw thrown instanceof DeclarationFault ? fault(thrown.word, thrown.message) : thrown;
      }
    });
  };
  const functions = read("functions", ownFunction);
  const aggregates = read("aggregates", ownAggregate);
  const names = [...functions, ...aggregates].map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw fault(twice, `${twice} is declared twice; queries write names in any case.`);
  if (names.length === 0) throw fault("", "it exports neither `functions` nor `aggregates`, so there is nothing to use in queries.");
  return {
    file,
    functions,
    aggregates,
    tell: (listener) => void (failures.listener = listener),
    failures: () => failures.counts,
  };
}

/** The text of a file that only its owner, who is root or whom the daemon runs as, can have written. */
async function trustedText(file: string): Promise<string> {
  try {
    const [own, folder] = [await stat(file), await stat(dirname(file))];
    if (!own.isFile()) throw faultAt(file, undefined, "a file was wanted; this is none.");
    const user = process.getuid?.();
    if (user !== undefined && own.uid !== user && own.uid !== 0)
      throw faultAt(
        file,
        undefined,
        `it belongs to user ${own.uid}; what runs with the rights of the daemon must belong to it (${user}) or root.`,
      );
    if ((own.mode & WRITABLE_BY_ALL) !== 0)
      throw faultAt(file, undefined, "everybody can write it, and so run code as the daemon: chmod o-w.");
    if ((folder.mode & WRITABLE_BY_ALL) !== 0 && (folder.mode & STICKY) === 0)
      throw faultAt(file, undefined, "everybody can write the folder that it stands in, and so put another in its place.");
    if (own.size > FILE_BYTES_MAX) throw faultAt(file, undefined, `it has ${own.size} bytes; at most ${FILE_BYTES_MAX} are read.`);
    return await readFile(file, "utf8");
  } catch (thrown) {
    if (thrown instanceof HotakaError || errnoOf(thrown) === undefined) throw thrown;
    throw faultAt(file, undefined, `it cannot be read: ${messageOf(thrown)}.`);
  }
}

async function imported(file: string, text: string): Promise<Readonly<Record<string, unknown>>> {
  // Node keeps a module by its address; with the text in it, one that was changed is read anew.
  const url = `${pathToFileURL(file).href}?${hashOf(text)}`;
  try {
    return (await import(url)) as Readonly<Record<string, unknown>>;
  } catch (thrown) {
    const line = lineIn(file, thrown) || (await syntaxFaultIn(file));
    throw new HotakaError("HOTAKA_FUNCTIONS_FILE", `${file}${line}: it cannot be loaded: ${messageOf(thrown)}.`, {
      cause: thrown,
    });
  }
}

function faultAt(file: string, line: number | undefined, sentence: string): HotakaError {
  return new HotakaError("HOTAKA_FUNCTIONS_FILE", `${file}${line === undefined ? "" : `:${line}`}: ${sentence}`);
}

/** Where a name is declared: the first line that has it as a key. */
function lineOf(text: string, word: string): number | undefined {
  if (word === "") return undefined;
  const key = new RegExp(`(?<![\\w$])["']?${word.replaceAll(/\W/g, "\\$&")}["']?\\s*[:=(]`);
  const at = text.split("\n").findIndex((line) => key.test(line));
  return at === -1 ? undefined : at + 1;
}

/** `:12`, where the text is no JavaScript: Node tells that to nobody but itself, so it is asked. */
async function syntaxFaultIn(file: string): Promise<string> {
  return new Promise((done) => {
    execFile(process.execPath, ["--check", file], { timeout: CHECK_MS_MAX }, (_failed, _out, told) => {
      const [, line] = /^[^\n]*:(\d+)\r?\n/.exec(told) ?? [];
      done(line === undefined ? "" : `:${line}`);
    });
  });
}

function hashOf(text: string): string {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return `${text.length}_${hash >>> 0}`;
}

const NAME = /^[A-Za-z]\w{0,63}$/;
const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;
const CHECK_MS_MAX = 5000;
const FILE_BYTES_MAX = 1_048_576;
