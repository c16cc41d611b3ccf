import { createReadStream, statSync } from "node:fs";
import { errnoOf, formatSize, HotakaError, messageOf, type MsgpackValue, oneLine } from "../../kit/index.ts";
import type { Shell } from "../command.ts";
import { Progress } from "../progress.ts";
import { parseJsonValue } from "./json_value.ts";
import type { Remote } from "./remote.ts";

export interface SendOptions {
  readonly target: string;
  /** None is standard input, and so is `-`. */
  readonly files: readonly string[];
  /** `json` is an object a line or one array; `ndjson` an object a line. */
  readonly format: "json" | "ndjson" | "ltsv";
  readonly batchSize: number;
  readonly remote: Remote;
  readonly shell: Shell;
}

/**
 * Sends the events of files, or of standard input, in batches. Lines that are no events are left out; when there were any the command
 * says how many, where the first one is, and fails.
 */
export async function sendEvents(options: SendOptions): Promise<void> {
  const { files, shell } = options;
  const inputs = (files.length === 0 ? ["-"] : files).map((file) => inputOf(file, shell));
  const total = inputs.some(({ bytes }) => bytes === undefined) ? undefined : inputs.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  const sending = new Sending(options);
  const name = `sending to ${options.target}`;
  const progress = new Progress({ name, total, shown: formatSize, clock: shell.clock, screen: shell.terminal.err });
  let done = 0;
  try {
    for (const input of inputs) {
      await sending.read(input.label, input.chunks(), (bytes) => progress.at((done += bytes)));
    }
    await sending.flush();
  } finally {
    progress.end();
  }
  const summary = sending.refusedSummary();
  if (summary === undefined) return;
  shell.terminal.err.write(`${summary}\n`);
  shell.exitStatus = 1;
}

interface Input {
  readonly label: string;
  /** Undefined when nobody knows. */
  readonly bytes: number | undefined;
  chunks(): AsyncIterable<Buffer>;
}

function inputOf(file: string, { input }: Shell): Input {
  if (file === "-") return { label: "standard input", bytes: undefined, chunks: () => input ?? process.stdin };
  try {
    return { label: file, bytes: statSync(file).size, chunks: () => createReadStream(file, { highWaterMark: CHUNK_BYTES }) };
  } catch (thrown) {
    const reason = errnoOf(thrown) === "ENOENT" ? "there is no such file" : messageOf(thrown);
    throw new HotakaError("HOTAKA_SOURCE_OPEN", `${file} could not be opened: ${reason}.`, { cause: thrown });
  }
}

class Sending {
  readonly #options: SendOptions;
  #batch: MsgpackValue[] = [];
  #refused = 0;
  #firstRefusal: string | undefined;
  #sent = 0;

  constructor(options: SendOptions) {
    this.#options = options;
  }

  /** Reads one input to its end; `came` is told of its bytes as they come. */
  async read(label: string, chunks: AsyncIterable<Buffer>, came: (bytes: number) => void): Promise<void> {
    let rest = "";
    let line = 0;
    let isArray: boolean | undefined;
    const decoder = new TextDecoder();
    for await (const chunk of chunks) {
      rest += decoder.decode(chunk, { stream: true });
      came(chunk.length);
      isArray ??= this.#options.format === "json" && rest.trim() !== "" ? /^\s*\[/.test(rest) : undefined;
      this.#checkLength(rest.length, isArray === true ? ARRAY_CHARS_MAX : LINE_CHARS_MAX, label);
      if (isArray === true) continue;
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) await this.#takeLine(text, `${label}:${++line}`);
    }
    rest += decoder.decode();
    if (isArray === true) await this.#takeArray(rest, label);
    else if (rest !== "") await this.#takeLine(rest, `${label}:${line + 1}`);
  }

  async flush(): Promise<void> {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    await this.#options.remote.call("send", this.#options.target, batch);
    this.#sent += batch.length;
  }

  /** Undefined when every line was an event. */
  refusedSummary(): string | undefined {
    if (this.#refused === 0) return undefined;
    const lines = this.#refused === 1 ? "1 line was no event and was" : `${this.#refused} lines were no events and were`;
    return `${lines} left out; the first is ${this.#firstRefusal}. ${this.#sent} events were sent.`;
  }

  async #takeLine(text: string, place: string): Promise<void> {
    if (text.trim() === "") return;
    const event = this.#options.format === "ltsv" ? ltsvEvent(text) : jsonEvent(text);
    if (typeof event === "string") return this.#refuse(`${place}: ${event}`);
    await this.#take(event);
  }

  async #takeArray(text: string, label: string): Promise<void> {
    let value: MsgpackValue;
    try {
      value = parseJsonValue(text);
    } catch (thrown) {
      return this.#refuse(`${label}: ${messageOf(thrown)}`);
    }
    for (const [index, event] of (value as readonly MsgpackValue[]).entries()) {
      if (typeof event === "object" && event !== null && !Array.isArray(event)) await this.#take(event);
      else this.#refuse(`${label}: item ${index} of the array is no object`);
    }
  }

  async #take(event: MsgpackValue): Promise<void> {
    this.#batch.push(event);
    if (this.#batch.length >= this.#options.batchSize) await this.flush();
  }

  #refuse(reason: string): void {
    this.#refused++;
    this.#firstRefusal ??= oneLine(reason, 300);
  }

  #checkLength(length: number, max: number, label: string): void {
    if (length > max) throw new HotakaError("HOTAKA_SOURCE_READ", `${label} has a line longer than ${max} characters; it was not sent.`);
  }
}

/** The event, or what is wrong with the line. */
function jsonEvent(text: string): MsgpackValue | string {
  try {
    const value = parseJsonValue(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : "an object was wanted";
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/** Labels and values of a line, all of them texts. @see http://ltsv.org/ */
function ltsvEvent(text: string): MsgpackValue | string {
  const entries: [string, string][] = [];
  for (const part of text.replace(/\r$/, "").split("\t")) {
    const at = part.indexOf(":");
    if (at <= 0) return "label:value, apart by tabs, was wanted";
    entries.push([part.slice(0, at), part.slice(at + 1).replace(/\\([ntr\\])/g, (_, escaped: string) => LTSV_ESCAPES[escaped] ?? escaped)]);
  }
  return Object.fromEntries(entries);
}

const LTSV_ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\" };
const CHUNK_BYTES = 1_048_576;
const LINE_CHARS_MAX = 16_777_216;
const ARRAY_CHARS_MAX = 268_435_456;
