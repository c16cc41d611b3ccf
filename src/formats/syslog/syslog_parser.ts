import type { FieldParser, FoundFields } from "../field_scanner.ts";

/** The fields of a line, in the order in which the parser numbers them. */
export const SYSLOG_FIELDS = ["time", "pri", "facility", "severity", "host", "ident", "pid", "msgid", "extradata", "message"] as const;

const TIME = 0;
const PRI = 1;
const FACILITY = 2;
const SEVERITY = 3;
const HOST = 4;
const IDENT = 5;
const PID = 6;
const MSGID = 7;
const EXTRADATA = 8;
const MESSAGE = 9;

/**
 * A line of syslog, of either kind; which one it is, its beginning says:
 *
 *     line     = [ "<" PRI ">" ] ( rfc5424 / rfc3164 )
 *     PRI      = 1*3DIGIT                                    ; at most 191: facility * 8 + severity
 *     rfc5424  = "1" SP time SP host SP app SP procid SP msgid SP data [ SP [ BOM ] message ]
 *     data     = "-" / 1*( "[" *( any byte / DQ *( "\" any byte / any byte but DQ ) DQ ) "]" )
 *     rfc3164  = time SP [ host SP ] tag [ "[" pid "]" ] [ ":" ] *SP message
 *     time     = Mmm ( SP digit / 2DIGIT ) SP 2DIGIT ":" 2DIGIT ":" 2DIGIT / ISO 8601
 *     tag      = *( any byte but SP, ":" and "[" )
 *
 * In an RFC 3164 line whose first word ends in a colon there is no host: programs write so to /dev/log. `-` is null in an RFC 5424 line.
 * @see RFC 5424, RFC 3164
 */
export class SyslogParser implements FieldParser {
  readonly #takesBare: boolean;

  /** With `bareMessages` a line must have a priority, and what follows it is the message when no header can be read there. */
  constructor({ bareMessages = false }: { readonly bareMessages?: boolean } = {}) {
    this.#takesBare = bareMessages;
  }

  parse(bytes: Buffer, start: number, end: number, found: FoundFields): string | undefined {
    if (start === end) return "empty";
    let at = start;
    if (bytes[start] === LESS) {
      at = takePriority(bytes, start, end, found);
      if (at < 0) return "priority";
    } else if (this.#takesBare) return "priority";
    const reason = isRfc5424(bytes, at) ? parse5424(bytes, at + 2, end, found) : parse3164(bytes, at, end, found);
    if (reason === undefined || !this.#takesBare) return reason;
    found.clear();
    takePriority(bytes, start, end, found);
    found.set(MESSAGE, at, end);
    return undefined;
  }
}

function isRfc5424(bytes: Buffer, start: number): boolean {
  return bytes[start] === ONE && bytes[start + 1] === SPACE;
}

function takePriority(bytes: Buffer, start: number, end: number, found: FoundFields): number {
  let priority = 0;
  let at = start + 1;
  while (at < end && at < start + 4 && bytes[at]! >= ZERO && bytes[at]! <= NINE) priority = priority * 10 + bytes[at++]! - ZERO;
  if (at === start + 1 || at >= end || bytes[at] !== GREATER || priority > PRIORITY_MAX) return -1;
  found.set(PRI, start + 1, at);
  if (found.isWanted[FACILITY] === 1) found.setText(FACILITY, String(priority >> 3));
  if (found.isWanted[SEVERITY] === 1) found.setText(SEVERITY, String(priority & 7));
  return at + 1;
}

function parse5424(bytes: Buffer, start: number, end: number, found: FoundFields): string | undefined {
  let at = start;
  for (const field of [TIME, HOST, IDENT, PID, MSGID]) {
    const word = wordEnd(bytes, at, end);
    if (word === at || word >= end) return "header";
    if (word !== at + 1 || bytes[at] !== DASH) found.set(field, at, word);
    at = word + 1;
  }
  const dataEnd = structuredEnd(bytes, at, end);
  if (dataEnd < 0) return "structured_data";
  if (bytes[at] !== DASH) found.set(EXTRADATA, at, dataEnd);
  if (dataEnd === end) return undefined;
  if (bytes[dataEnd] !== SPACE) return "structured_data";
  at = dataEnd + 1;
  const hasBom = bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf && at + 3 <= end;
  found.set(MESSAGE, hasBom ? at + 3 : at, end);
  return undefined;
}

function structuredEnd(bytes: Buffer, start: number, end: number): number {
  if (start >= end) return -1;
  if (bytes[start] === DASH) return start + 1;
  let at = start;
  while (at < end && bytes[at] === OPEN) {
    let isQuoted = false;
    for (at++; at < end && (isQuoted || bytes[at] !== CLOSE); at++) {
      if (isQuoted && bytes[at] === BACKSLASH) at++;
      else if (bytes[at] === QUOTE) isQuoted = !isQuoted;
    }
    if (at >= end) return -1;
    at++;
  }
  return at === start ? -1 : at;
}

function parse3164(bytes: Buffer, start: number, end: number, found: FoundFields): string | undefined {
  const timeEnd = stampEnd(bytes, start, end);
  if (timeEnd < 0) return "time";
  found.set(TIME, start, timeEnd);
  let at = timeEnd + 1;
  const word = wordEnd(bytes, at, end);
  if (word === at) return "header";
  const isTag = bytes[word - 1] === COLON;
  if (!isTag) {
    found.set(HOST, at, word);
    at = Math.min(end, word + 1);
  }
  const tag = at;
  while (at < end && bytes[at] !== SPACE && bytes[at] !== COLON && bytes[at] !== OPEN) at++;
  if (at > tag) found.set(IDENT, tag, at);
  if (bytes[at] === OPEN && at < end) at = takePid(bytes, at, end, found);
  if (bytes[at] === COLON && at < end) at++;
  while (at < end && bytes[at] === SPACE) at++;
  found.set(MESSAGE, at, end);
  return undefined;
}

/** `[123]`; what is in brackets and no number belongs to the message. */
function takePid(bytes: Buffer, start: number, end: number, found: FoundFields): number {
  let at = start + 1;
  while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
  if (at === start + 1 || at >= end || bytes[at] !== CLOSE) return start;
  found.set(PID, start + 1, at);
  return at + 1;
}

/** Where a time ends that has a blank behind it: three words that look like a month, a day and a time, or one that begins with a year. */
function stampEnd(bytes: Buffer, start: number, end: number): number {
  const isIso = bytes[start]! >= ZERO && bytes[start]! <= NINE;
  const stamp = isIso ? wordEnd(bytes, start, end) : start + STAMP_BYTES;
  if (stamp >= end || bytes[stamp] !== SPACE) return -1;
  const looksRight = isIso
    ? bytes[start + 4] === DASH || bytes[start + 4] === SLASH
    : bytes[start + 3] === SPACE && bytes[start + 6] === SPACE && bytes[start + 9] === COLON && bytes[start + 12] === COLON;
  return looksRight ? stamp : -1;
}

function wordEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== SPACE) at++;
  return at;
}

/** `Feb  5 17:32:18` */
const STAMP_BYTES = 15;
const PRIORITY_MAX = 191;
const SPACE = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const SLASH = 0x2f;
const ZERO = 0x30;
const ONE = 0x31;
const NINE = 0x39;
const COLON = 0x3a;
const LESS = 0x3c;
const GREATER = 0x3e;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;
