import { FoundFields } from "./field_scanner.ts";
import { SYSLOG_FIELDS, SyslogParser } from "./syslog/syslog_parser.ts";

/** What others have put around the message of a program, on the same line. */
export interface Envelope {
  /** How its time is written, as `TimeReader` knows it; undefined where it has none. */
  readonly timeFormat: string | undefined;
  /** Opens the line `[start, end)`; gives a word of a small fixed set when it is not of this kind. */
  open(bytes: Buffer, start: number, end: number, opened: Opened): string | undefined;
}

/** Where the parts of an opened line stand; an end of -1 says that it has no such part. */
interface Opened {
  timeStart: number;
  timeEnd: number;
  serverStart: number;
  serverEnd: number;
  programStart: number;
  programEnd: number;
  messageStart: number;
}

/** The parts of a line, to be filled again and again. */
export function emptyOpened(): Opened {
  return { timeStart: 0, timeEnd: -1, serverStart: 0, serverEnd: -1, programStart: 0, programEnd: -1, messageStart: 0 };
}

/** Every envelope there is, by the name that settings give it. */
export const ENVELOPES = {
  none: (): Envelope => ({ timeFormat: undefined, open: openNothing }),
  syslog: (): Envelope => new SyslogEnvelope(),
  cri: (): Envelope => ({ timeFormat: "iso8601", open: openCri }),
} as const;

function openNothing(_bytes: Buffer, start: number, end: number, opened: Opened): string | undefined {
  opened.messageStart = start;
  return start === end ? "empty" : undefined;
}

/** A line of syslog of either kind. */
class SyslogEnvelope implements Envelope {
  readonly timeFormat = "syslog";
  readonly #parser = new SyslogParser();
  readonly #found = new FoundFields(new Uint8Array(SYSLOG_FIELDS.length));

  open(bytes: Buffer, start: number, end: number, opened: Opened): string | undefined {
    const found = this.#found;
    found.clear();
    const reason = this.#parser.parse(bytes, start, end, found);
    if (reason !== undefined) return reason;
    [opened.timeStart, opened.timeEnd] = [found.starts[TIME]!, found.ends[TIME]!];
    [opened.serverStart, opened.serverEnd] = [found.starts[HOST]!, found.ends[HOST]!];
    [opened.programStart, opened.programEnd] = [found.starts[IDENT]!, found.ends[IDENT]!];
    opened.messageStart = found.ends[MESSAGE]! < 0 ? end : found.starts[MESSAGE]!;
    return undefined;
  }
}

/**
 * A line as the runtimes of containers write it: `time SP stream SP tags SP message`, where the first of the tags (apart by colons) is F
 * for a whole line and P for a part of a long one, which is refused.
 * @see Kubernetes, pkg/kubelet/kuberuntime/logs, "CRI log format"
 */
function openCri(bytes: Buffer, start: number, end: number, opened: Opened): string | undefined {
  if (start === end) return "empty";
  const time = bytes.indexOf(SPACE, start);
  const stream = time < 0 ? -1 : bytes.indexOf(SPACE, time + 1);
  const tags = stream < 0 ? -1 : bytes.indexOf(SPACE, stream + 1);
  if (time < 0 || stream < 0 || tags < 0 || tags >= end) return "header";
  if (bytes[stream + 1] !== LETTER_F) return bytes[stream + 1] === LETTER_P ? "part" : "header";
  [opened.timeStart, opened.timeEnd, opened.messageStart] = [start, time, tags + 1];
  return undefined;
}

const TIME = SYSLOG_FIELDS.indexOf("time");
const HOST = SYSLOG_FIELDS.indexOf("host");
const IDENT = SYSLOG_FIELDS.indexOf("ident");
const MESSAGE = SYSLOG_FIELDS.indexOf("message");
const SPACE = 0x20;
const LETTER_F = 0x46;
const LETTER_P = 0x50;
