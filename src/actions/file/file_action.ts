import { resolve } from "node:path";
import { type Action, type ActionContext, type ActionRow, batchBounds, type BatchBounds, type BatchConfig } from "../../component/index.ts";
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
  readonly batch: BatchConfig;
}

/** Appends rows to a file. A row that comes again is known by its key: the last ones are remembered, and read from the file at the start. */
export class FileAction implements Action {
  readonly batches: BatchBounds;
  readonly #config: FileConfig;
  readonly #context: ActionContext;
  readonly #path: string;
  readonly #file: AppendedFile;
  readonly #rotated: RotatedFiles;
  readonly #keys = new Set<string>();
  readonly #removed: Counter;
  #compressing: Promise<void> = Promise.resolve();

  private constructor(config: FileConfig, context: ActionContext) {
    const { rotate_bytes: fileBytesMax, batch } = config;
    this.batches = batchBounds({ ...batch, bytes_max: Math.min(batch.bytes_max, fileBytesMax) });
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
    const [sentence = ""] = await this.performAll([row]);
    return sentence;
  }

  async performAll(rows: readonly ActionRow[]): Promise<string[]> {
    if (this.#context.dryRun) return rows.map((row) => `would append ${this.#named(row)}`);
    for (const part of this.#parts(rows.filter(({ key }) => !this.#keys.has(key)))) {
      await this.#tried(async () => this.#append(part.text, part.bytes));
      for (const key of part.keys) this.#remember(key);
    }
    return rows.map((row) => `appended ${this.#named(row)}`);
  }

  async close(): Promise<void> {
    await this.#compressing;
    await this.#file.close();
  }

  #named({ query }: ActionRow): string {
    return `a row of ${query} to ${this.#config.path}`;
  }

  /** The lines of rows, as few parts as fit into a file: one, unless files are as small as a batch. */
  #parts(rows: readonly ActionRow[]): Part[] {
    const parts: Part[] = [];
    for (const row of rows) {
      const line = rowLine(row, this.#config.format);
      const bytes = Buffer.byteLength(line);
      let part = parts.at(-1);
      if (part === undefined || part.bytes + bytes > this.#config.rotate_bytes) parts.push((part = { text: "", bytes: 0, keys: [] }));
      part.text += line;
      part.bytes += bytes;
      part.keys.push(row.key);
    }
    return parts;
  }

  async #append(text: string, bytes: number): Promise<void> {
    await this.#ready();
    const nowMs = this.#context.clock.nowMs();
    if (this.#isOver(bytes, nowMs)) {
      await this.#file.close();
      await this.#rotated.add(nowMs);
      await this.#ready();
      // Rows do not wait for it.
      this.#compressing = this.#compressing.then(async () => this.#tidy()).catch((thrown: unknown) => this.#warn(thrown));
    }
    await this.#file.append(text, this.#config.sync === "row", nowMs);
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
    const tail = (await this.#file.tail(Math.max(TAIL_BYTES_MIN, this.batches.bytesMax * TAIL_BATCHES))).toString("utf8");
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

/** Lines that are written together. */
interface Part {
  text: string;
  bytes: number;
  readonly keys: string[];
}

/** More than a batch has rows. */
const KEYS_MAX = 20_000;
/** The lines of a batch are longer than what its bytes are counted of, by their time and what JSON escapes. */
const TAIL_BATCHES = 3;
const TAIL_BYTES_MIN = 1 << 18;
