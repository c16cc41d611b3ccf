import { JsonEvents } from "../../formats/index.ts";
import { HotakaError, msgpackChildren, msgpackHeadLength, skipMsgpack } from "../../kit/index.ts";
import type { NamedTarget } from "../named_targets.ts";

/** What a body may be. */
export type BodyType = "json" | "ndjson" | "ltsv" | "msgpack";

/** What became of a body: events that were taken, and those that are none, with what is wrong with the first of them. */
export interface BodyResult {
  events: number;
  refused: number;
  problem: string | undefined;
}

/**
 * Takes the events of a body, each of the time `timeMs`.
 *
 *     json    = object | array of objects
 *     ndjson  = ( object LF )*
 *     ltsv    = ( label ":" value ( TAB label ":" value )* LF )*
 *     msgpack = ( map | array of maps )*
 */
export function takeBody(body: Buffer, type: BodyType, target: NamedTarget, timeMs: number): BodyResult {
  const result: BodyResult = { events: 0, refused: 0, problem: undefined };
  target.intake.columns.lend(body);
  switch (type) {
    case "json":
      takeJson(body, target, timeMs, result);
      break;
    case "ndjson":
      takeNdjson(body, target, timeMs, result);
      break;
    case "ltsv":
      eachLine(body, (start, end, line) => takeLtsv(body, start, end, line, target, timeMs, result));
      break;
    case "msgpack":
      takeMsgpack(body, target, timeMs, result);
  }
  target.intake.columns.lend(undefined);
  return result;
}

/** All of a body, or nothing of one that is not JSON to its end. */
function takeJson(body: Buffer, { intake }: NamedTarget, timeMs: number, result: BodyResult): void {
  try {
    json.check(body);
  } catch (thrown) {
    if (!(thrown instanceof HotakaError)) throw thrown;
    return refuse(result, "the body is not JSON");
  }
  const { taken, refused } = json.takeDocument(body, intake.columns, timeMs);
  result.events += taken;
  for (let count = 0; count < refused; count++) refuse(result, "the body holds what is no object");
}

function takeNdjson(body: Buffer, { intake }: NamedTarget, timeMs: number, result: BodyResult): void {
  const { taken } = json.takeLines(body, intake.columns, timeMs, (start) => {
    if (result.problem === undefined) refuse(result, `line ${lineAt(body, start)} is no object of JSON`);
    else result.refused++;
  });
  result.events += taken;
}

/** The number of the line that begins at `start`, from 1. */
function lineAt(bytes: Buffer, start: number): number {
  let line = 1;
  for (let at = bytes.indexOf(NEWLINE); at >= 0 && at < start; at = bytes.indexOf(NEWLINE, at + 1)) line++;
  return line;
}

function takeLtsv(bytes: Buffer, start: number, end: number, line: number, target: NamedTarget, timeMs: number, result: BodyResult): void {
  const { columns } = target.intake;
  let fields: number;
  do {
    fields = 0;
    columns.begin(timeMs);
    for (let at = start; at <= end;) {
      const tab = bytes.indexOf(TAB, at);
      const fieldEnd = tab < 0 || tab > end ? end : tab;
      const colon = bytes.indexOf(COLON, at);
      if (colon > at && colon < fieldEnd) {
        fields++;
        const sink = columns.sinkOfBytes(bytes, at, colon);
        if (sink.isWanted) sink.bytes(bytes, colon + 1, fieldEnd);
      }
      at = fieldEnd + 1;
    }
    if (fields === 0) return refuse(result, `line ${line} has no label:value`);
  } while (!columns.end());
  result.events++;
}

function takeMsgpack(bytes: Buffer, target: NamedTarget, timeMs: number, result: BodyResult): void {
  for (let at = 0; at < bytes.length;) {
    const end = skipMsgpack(bytes, at, bytes.length);
    if (end < 0) return refuse(result, `no whole value of MessagePack is at byte ${at}`);
    const isArray = (bytes[at]! & 0xf0) === 0x90 || bytes[at] === 0xdc || bytes[at] === 0xdd;
    let item = isArray ? at + msgpackHeadLength(bytes, at, end) : at;
    for (let left = isArray ? msgpackChildren(bytes, at) : 1; left > 0; left--) {
      if (target.msgpack.take(bytes, item, end, timeMs) >= 0) result.events++;
      else refuse(result, `what is at byte ${item} is no map`);
      item = skipMsgpack(bytes, item, end);
    }
    at = end;
  }
}

/** Lines that are not empty, without their ends, counted from 1. */
function eachLine(bytes: Buffer, told: (start: number, end: number, line: number) => void): void {
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, start);
    const next = newline < 0 ? bytes.length : newline;
    const end = next > start && bytes[next - 1] === RETURN ? next - 1 : next;
    if (end > start) told(start, end, line);
    start = next + 1;
  }
}

function refuse(result: BodyResult, problem: string): void {
  result.refused++;
  result.problem ??= problem;
}

const json = new JsonEvents();
const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const COLON = 0x3a;
