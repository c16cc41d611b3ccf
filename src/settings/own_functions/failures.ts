import { pathToFileURL } from "node:url";
import { messageOf } from "../../kit/index.ts";

/** Who is told when a function of the file fails at an event. */
export interface FailureListener {
  failed(name: string): void;
  warn(sentence: string): void;
}

/** Counts what functions of one file do wrong, and says the first of it: a function that always fails would fill the disk with its complaint. */
export class Failures {
  readonly #file: string;
  readonly #counts = new Map<string, number>();
  listener: FailureListener | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Failures of each function since the file was read. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  add(name: string, thrown: unknown): null {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    this.listener?.failed(name);
    if (count <= TOLD_MAX) {
      const last = count === TOLD_MAX ? " What it fails at from now on is only counted." : "";
      const said = messageOf(thrown).slice(0, MESSAGE_CHARS_MAX);
      this.listener?.warn(`${this.#file}${lineIn(this.#file, thrown)}: ${name} failed, so its value is null: ${said}.${last}`);
    }
    return null;
  }
}

/** `:12`, the line of the file at which it was thrown; empty where the stack does not tell. */
export function lineIn(file: string, thrown: unknown): string {
  const stack = thrown instanceof Error ? (thrown.stack ?? "") : "";
  for (const address of [pathToFileURL(file).href, file]) {
    const at = stack.indexOf(address);
    const [, line] = at === -1 ? [] : (/^(?:\?[^\s():]*)?:(\d+)/.exec(stack.slice(at + address.length)) ?? []);
    if (line !== undefined) return `:${line}`;
  }
  return "";
}

/** Of each function so many failures are told. */
const TOLD_MAX = 5;
const MESSAGE_CHARS_MAX = 200;
