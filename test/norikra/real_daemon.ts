import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { COMMANDS } from "../../src/cli/commands.ts";
import { runProgram } from "../../src/cli/program.ts";
import { type Daemon, openDaemon } from "../../src/daemon/index.ts";
import { msgpackOf, MsgpackReader, type MsgpackValue, silentLog, VirtualClock } from "../../src/kit/index.ts";
import { COMPONENTS, readSettings } from "../../src/settings/index.ts";
import { recordedTerminal } from "../cli/recorded_terminal.ts";

/** An answer over HTTP. */
export interface Answered {
  readonly status: number | undefined;
  readonly body: Buffer;
}

/** A whole daemon without sources, as a user of Norikra has it, on ports of its own and with a clock that is moved. */
export class RealDaemon {
  readonly clock = new VirtualClock(Date.UTC(2014, 2, 31, 5, 40, 0));
  /** What it wrote to its standard output. */
  readonly printed: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "hotaka-norikra-"));
  #daemon: Daemon | undefined;
  #nextId = 0;

  get daemon(): Daemon {
    if (this.#daemon === undefined) throw new Error("the daemon was not opened");
    return this.#daemon;
  }

  get rpcPort(): number {
    return this.daemon.rpcPort ?? 0;
  }

  /** `more` are settings beside those that every one has. */
  async open(more: object = {}): Promise<void> {
    const local = { listen: "127.0.0.1:0" };
    const settings = await readSettings(
      JSON.stringify({ data_dir: join(this.#folder, "data"), server: local, rpc: local, ...more }),
      join(this.#folder, "hotaka.yaml"),
      COMPONENTS,
    );
    const print = (line: string): void => void this.printed.push(line);
    this.#daemon = await openDaemon({
      settings,
      version: "1.2.3",
      clock: this.clock,
      log: { ...silentLog, level: "info" },
      print,
      logLines: { read: () => [{ time: "2026-01-01 00:00:00 +0000", level: "info", line: "RPC server" }] },
    });
  }

  async close(): Promise<void> {
    await this.#daemon?.close();
    rmSync(this.#folder, { recursive: true });
  }

  /** Stops it and starts it again over what it kept. */
  async restart(): Promise<void> {
    await this.daemon.close();
    await this.open();
  }

  /** Lets time go by, as it does, in steps that are short beside any window. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.clock.advanceTo(this.clock.nowMs() + Math.min(left, STEP_MS));
      // What a timer woke arms the next one a turn later.
      await setImmediate();
    }
  }

  /** The result of a call of the RPC; `{ error, message }` where it was refused. */
  async call(method: string, ...args: readonly MsgpackValue[]): Promise<unknown> {
    const id = this.#nextId++;
    const { status, body } = await this.post("/", msgpackOf([0, id, method, args]), "application/x-msgpack");
    if (status !== 200) return { status, text: body.toString() };
    const [kind, answered, error, result] = new MsgpackReader(body).value() as readonly MsgpackValue[];
    if (kind !== 1 || answered !== id) throw new Error(`${method} was answered with ${body.toString("hex")}`);
    return error === null ? result : { error, message: result };
  }

  /** Sends bytes to the port of the RPC. */
  async post(path: string, bytes: Buffer, type: string): Promise<Answered> {
    return exchange(this.rpcPort, "POST", path, bytes, type);
  }

  /** Asks the HTTP API, with a body of JSON if there is one. */
  async ask(method: string, path: string, body?: unknown): Promise<{ readonly status: number | undefined; readonly json: unknown }> {
    const answered = await this.send(method, path, body === undefined ? undefined : Buffer.from(JSON.stringify(body)), "application/json");
    return { status: answered.status, json: answered.body.length === 0 ? undefined : JSON.parse(answered.body.toString()) };
  }

  /** As `ask`, with the bytes and their type at hand. */
  async send(method: string, path: string, bytes: Buffer | undefined, type: string): Promise<Answered> {
    return exchange(Number(new URL(this.daemon.url).port), method, path, bytes, type);
  }

  /** Runs a verb of the command line against the port of the RPC, with `input` for its standard input. */
  async run(words: readonly string[], input = ""): Promise<{ readonly status: number; readonly out: string }> {
    const terminal = recordedTerminal();
    const chunks = (async function* () {
      yield Buffer.from(input);
    })();
    const all = [...words, "--host", "127.0.0.1", "--port", String(this.rpcPort)];
    const status = await runProgram(all, COMMANDS, { terminal, clock: this.clock, env: {}, exitStatus: 0, input: chunks });
    return { status, out: terminal.out.text + terminal.err.text };
  }
}

function exchange(port: number, method: string, path: string, bytes: Buffer | undefined, type: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const headers = bytes === undefined ? {} : { "content-type": type, "content-length": bytes.length };
    const asked = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.once("end", () => resolve({ status: answer.statusCode, body: Buffer.concat(chunks) }));
      answer.once("error", reject);
    });
    asked.once("error", reject);
    asked.end(bytes);
  });
}

const STEP_MS = 250;
