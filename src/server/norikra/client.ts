import { Agent, request } from "node:http";
import { assert, errnoOf, HotakaError, messageOf, MsgpackReader, type MsgpackValue, MsgpackWriter } from "../../kit/index.ts";

/** Where calls go: to a port, as clients of Norikra do, or to the control socket of a daemon on this machine. */
export type RpcAddress = { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** A call that the server answered with an error: the name of a Ruby class and its sentence. */
export class RpcError extends Error {
  readonly className: string;

  constructor(className: string, message: string) {
    super(message);
    this.name = "RpcError";
    this.className = className;
  }
}

/**
 * Calls the RPC of Norikra, ours or its own: one call to a request, on a connection that is kept. Floats come as `MsgpackFloat`, because
 * its clients print 2.0 and 2 as what they are. To be closed at the end.
 */
export class RpcClient {
  readonly #address: RpcAddress;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #nextId = 0;

  constructor(address: RpcAddress) {
    this.#address = address;
  }

  /** Where it calls, for messages. */
  get place(): string {
    return "socketPath" in this.#address ? this.#address.socketPath : `${this.#address.host}:${this.#address.port}`;
  }

  /** Throws RpcError when the server refused, HOTAKA_RPC_UNREACHABLE when none answers, HOTAKA_RPC_ANSWER when it gave no answer of a call. */
  async call(method: string, ...args: readonly MsgpackValue[]): Promise<MsgpackValue> {
    const id = this.#nextId;
    this.#nextId = (this.#nextId + 1) % ID_END;
    const writer = new MsgpackWriter();
    writer.value([0, id, method, args]);
    const { status, body } = await this.#exchange(writer.bytes());
    const answer = status === 200 ? partsOf(body) : undefined;
    if (answer === undefined || answer.id !== id) {
      const shown = JSON.stringify(body.toString("utf8", 0, 200).trim());
      throw new HotakaError(
        "HOTAKA_RPC_ANSWER",
        `${this.place} answered ${method} with status ${status} and ${shown}, which is no answer of the RPC.`,
      );
    }
    if (answer.error !== null) throw new RpcError(textOf(answer.error), textOf(answer.result));
    return answer.result;
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(body: Buffer): Promise<{ readonly status: number; readonly body: Buffer }> {
    return new Promise((resolve, reject) => {
      const fail = (thrown: unknown): void => reject(this.#unreachable(thrown));
      const headers = { "content-type": "application/x-msgpack", "content-length": body.length };
      const path = "socketPath" in this.#address ? "/rpc" : "/";
      const asked = request({ ...this.#address, agent: this.#agent, method: "POST", path, headers, timeout: ANSWER_MS_MAX }, (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > ANSWER_BYTES_MAX) asked.destroy(new Error(`its answer is longer than ${ANSWER_BYTES_MAX} bytes`));
        });
        answer.once("end", () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }));
        answer.once("error", fail);
      });
      asked.once("timeout", () => asked.destroy(new Error(`it gave no answer within ${ANSWER_MS_MAX / 1000} seconds`)));
      asked.once("error", fail);
      asked.end(body);
    });
  }

  #unreachable(thrown: unknown): HotakaError {
    const errno = errnoOf(thrown) ?? "";
    const reason = errno === "ECONNREFUSED" ? "the connection was refused" : messageOf(thrown);
    return new HotakaError(
      "HOTAKA_RPC_UNREACHABLE",
      `No server answers on ${this.place}: ${reason}. Start one with \`hotaka run\`, or name the one that runs with --host and --port.`,
      { cause: thrown, details: { errno } },
    );
  }
}

/** The items of an answer `[1, id, error, result]`; undefined when it is none. */
function partsOf(body: Buffer): { readonly id: MsgpackValue; readonly error: MsgpackValue; readonly result: MsgpackValue } | undefined {
  try {
    const reader = new MsgpackReader(body, { keepsFloats: true, depthMax: DEPTH_MAX });
    assert(reader.arrayLength() === 4 && reader.value() === 1, "an answer is an array of four with a 1 at its head");
    return { id: reader.value(), error: reader.value(), result: reader.value() };
  } catch {
    return undefined;
  }
}

function textOf(value: MsgpackValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const ID_END = 2 ** 31;
const ANSWER_MS_MAX = 300_000;
const ANSWER_BYTES_MAX = 1_073_741_824;
const DEPTH_MAX = 128;
