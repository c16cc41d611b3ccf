import { type Counters, type Log, messageOf, MsgpackReader, MsgpackWriter } from "../../kit/index.ts";
import type { Audit } from "../../accounts/index.ts";
import { METHODS, type NorikraServices, type WriteResult } from "./methods.ts";
import { norikraErrorOf } from "./norikra_error.ts";

/** An answer over HTTP. A call that failed is answered with status 200 and its error in the body; other statuses are for what is no call. */
export interface RpcAnswer {
  readonly status: number;
  readonly body: Buffer | string;
}

export interface RpcOptions {
  readonly services: NorikraServices;
  readonly log: Log;
  readonly counters: Counters;
  /** Where changes are written down. */
  readonly audit: Pick<Audit, "record">;
}

/**
 * MessagePack-RPC as Norikra speaks it, apart from HTTP. A request is one array:
 *
 *     [0, msgid, method, [argument, ...]]   a call
 *     [2, method, [argument, ...]]          a notification, which is executed and answered as well
 *
 * and so is the answer:
 *
 *     [1, msgid, nil, result]
 *     [1, msgid, "Norikra::RPC::ClientError", "sentence"]
 *
 * What is no call, or calls what is not there, gets a status of HTTP with a sentence: clients of Norikra take it for a failure of the server.
 * @see https://github.com/msgpack-rpc/msgpack-rpc/blob/master/spec.md
 */
export async function answerCall(body: Buffer, options: RpcOptions & { readonly who: string }): Promise<RpcAnswer> {
  const call = callOf(body);
  if (typeof call === "string") {
    options.counters.counter("rpc_requests_refused", "Requests to the RPC that were no call of it.").add();
    return { status: 400, body: `${call}\n` };
  }
  const method = METHODS.get(call.method);
  if (method === undefined) {
    const name = JSON.stringify(call.method.slice(0, 60));
    return refused(options, `There is no method ${name}. Methods: ${[...METHODS.keys()].join(", ")}.\n`);
  }
  if (!method.counts.includes(call.count))
    return refused(options, `${call.method} takes ${method.counts.join(" or ")} arguments, and ${call.count} came.\n`);
  options.counters.counter("rpc_calls", "Calls of the RPC.", { method: call.method }).add();
  try {
    const write = await method.call(call.arguments, options.services);
    record(call, "done", options);
    return { status: 200, body: answered(call.id, write) };
  } catch (thrown) {
    const { className, message } = norikraErrorOf(thrown, options.log);
    record(call, className, options);
    options.counters.counter("rpc_calls_failed", "Calls of the RPC that were answered with an error.", { method: call.method }).add();
    return { status: 200, body: failed(call.id, className, message) };
  }
}

/** Writes down who changed what: the method and its first argument, which names what it is about. */
function record({ method, body }: Call, outcome: string, { audit, who }: RpcOptions & { readonly who: string }): void {
  if (!CHANGES.has(method)) return;
  const subject = new MsgpackReader(body).value();
  audit.record({ who, what: `rpc ${method} ${typeof subject === "string" ? subject : ""}`.trim(), outcome });
}

interface Call {
  /** As it came, to be given back; nil of a notification. */
  readonly id: Buffer;
  readonly method: string;
  readonly count: number;
  /** The bytes of the arguments. */
  readonly body: Buffer;
  /** Stands before the first of them. */
  readonly arguments: MsgpackReader;
}

/** The call, or what is wrong with it. Arguments are checked to be whole, and not yet read. */
function callOf(body: Buffer): Call | string {
  try {
    const whole = new MsgpackReader(body);
    whole.skip();
    if (!whole.isAtEnd) return `The body has ${body.length - whole.at} bytes behind its message.`;
    const reader = new MsgpackReader(body);
    const parts = reader.arrayLength();
    const kind = reader.value();
    if (!((kind === 0 && parts === 4) || (kind === 2 && parts === 3)))
      return "A call [0, id, method, [argument, ...]] was wanted, or a notification [2, method, [argument, ...]].";
    const id = kind === 0 ? reader.raw() : NIL;
    const method = reader.value();
    if (typeof method !== "string") return "The method of a call is its name, a text.";
    const count = reader.arrayLength();
    const rest = body.subarray(reader.at);
    return { id, method, count, body: rest, arguments: new MsgpackReader(rest) };
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function answered(id: Buffer, write: WriteResult): Buffer {
  const writer = answerTo(id);
  writer.nil();
  write(writer);
  return writer.bytes();
}

function failed(id: Buffer, className: string, message: string): Buffer {
  const writer = answerTo(id);
  writer.text(className);
  writer.text(message);
  return writer.bytes();
}

function answerTo(id: Buffer): MsgpackWriter {
  const writer = new MsgpackWriter();
  writer.arrayLength(4);
  writer.number(1);
  writer.raw(id);
  return writer;
}

function refused({ counters }: RpcOptions, body: string): RpcAnswer {
  counters.counter("rpc_requests_refused", "Requests to the RPC that were no call of it.").add();
  return { status: 500, body };
}

const NIL = Buffer.of(0xc0);
const CHANGES: ReadonlySet<string> = new Set(["open", "close", "modify", "register", "deregister", "suspend", "resume", "reserve"]);
