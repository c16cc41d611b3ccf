import { resolve } from "node:path";
import type { Action, ActionContext, ActionRow } from "../../component/index.ts";
import { type Counter, HotakaError, messageOf } from "../../kit/index.ts";
import { AppendedFile } from "./appended_file.ts";
import { RotatedFiles } from "./rotated_files.ts";
import { keyOfLine, type LineForm, rowLine } from "./row_line.ts";

/** Settings of the file action, as its schema makes them. */
export interface FileConfig {
  readonly path: string;
  readonly format: LineForm;
  readonly rotate_bytes: number;
  /** Milliseconds. */
  readonly rotate_every?: number | undefined;
  readonly files_max: number;
  readonly compress: boolean;
  readonly sync: "row" | "never";
}

/** Appends rows to a file. A row that comes again is known by its key: the last ones are remembered, and read from the file at the start. */
export class FileAction implements Action {
  readonly #config: FileConfig;
  readonly #context: ActionContext;
  readonly #path: string;
  readonly #file: AppendedFile;
  readonly #rotated: RotatedFiles;
  readonly #keys = new Set<string>();
  readonly #removed: Counter;
  #compressing: Promise<void> = Promise.resolve();

  private constructor(config: FileConfig, context: ActionContext) {
    this.#config = config;
    this.#context = context;
    this.#path = resolve(context.folder, config.path);
    this.#file = new AppendedFile(this.#path);
    this.#rotated = new RotatedFiles(this.#path);
    const help = "Rotated files that were removed, being more than files_max.";
    this.#removed = context.counters.counter("file_rotated_removed", help, { action: context.name });
  }

  /** Throws HOTAKA_ACTION_FAILED when the file cannot be written. */
  static async open(config: FileConfig, context: ActionContext): Promise<FileAction> {
    const action = new FileAction(config, context);
    if (context.dryRun) return action;
    await action.#tried(async () => {
      await action.#ready();
      await action.#tidy();
    });
    return action;
  }

  async perform(row: ActionRow): Promise<string> {
    const said = `a row of ${row.query} to ${this.#config.path}`;
    if (this.#context.dryRun) return `would append ${said}`;
    if (!this.#keys.has(row.key)) {
      await this.#tried(async () => this.#append(rowLine(row, this.#config.format)));
      this.#remember(row.key);
    }
    return `appended ${said}`;
  }

  async close(): Promise<void> {
    await this.#compressing;
    await this.#file.close();
  }

  async #append(line: string): Promise<void> {
    await this.#ready();
    const nowMs = this.#context.clock.nowMs();
    if (this.#isOver(Buffer.byteLength(line), nowMs)) {
      await this.#file.close();
      await this.#rotated.add(nowMs);
      await this.#ready();
      // Rows do not wait for it.
      this.#compressing = this.#compressing.then(async () => this.#tidy()).catch((thrown: unknown) => this.#warn(thrown));
    }
    await this.#file.append(line, this.#config.sync === "row", nowMs);
  }

  #isOver(bytes: number, nowMs: number): boolean {
    const { size, writtenMs } = this.#file;
    const { rotate_bytes: bytesMax, rotate_every: everyMs } = this.#config;
    if (size === 0) return false;
    return size + bytes > bytesMax || (everyMs !== undefined && Math.floor(writtenMs / everyMs) !== Math.floor(nowMs / everyMs));
  }

  /** The file is open, and what it ends with is known and whole. */
  async #ready(): Promise<void> {
    if (!(await this.#file.open())) return;
    const tail = (await this.#file.tail(TAIL_BYTES)).toString("utf8");
    for (const line of tail.split("\n")) {
      const key = keyOfLine(line, this.#config.format);
      if (key !== undefined) this.#remember(key);
    }
    // An end in the middle of a line: its row comes again.
    if (tail !== "" && !tail.endsWith("\n")) await this.#file.append("\n", false, this.#file.writtenMs);
  }

  async #tidy(): Promise<void> {
    this.#removed.add(await this.#rotated.trim(this.#config.files_max));
    if (this.#config.compress) await this.#rotated.compress();
  }

  #remember(key: string): void {
    const [oldest] = this.#keys;
    if (this.#keys.size >= KEYS_MAX && oldest !== undefined) this.#keys.delete(oldest);
    this.#keys.add(key);
  }

  #warn(thrown: unknown): void {
    this.#context.log.warn(`${this.#context.name}: rotated files of ${this.#path} could not be seen to: ${messageOf(thrown)}.`);
  }

  async #tried(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (thrown) {
      const sentence = `${this.#path} could not be written: ${messageOf(thrown)}. Make it a file that this user may write.`;
      throw new HotakaError("HOTAKA_ACTION_FAILED", sentence, { details: { path: this.#path }, cause: thrown });
    }
  }
}

const KEYS_MAX = 10_000;
/** The lines of far more rows than may come again. */
const TAIL_BYTES = 1 << 18;
