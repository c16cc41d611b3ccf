import type { Format } from "../../component/index.ts";
import { type FieldParser, FieldScanner, type FoundFields } from "../field_scanner.ts";
import { TimeReader } from "../time_text.ts";
import { SYSLOG_FIELD_TYPES } from "./syslog.ts";
import { SYSLOG_FIELDS, SyslogParser } from "./syslog_parser.ts";

/**
 * Messages of syslog as a source receives them, each a line: the address of who sent it, a blank, and the message.
 *
 * A message that has a priority and no header that can be read is taken whole as `message`, at the time it came: RFC 3164 asks that of a
 * receiver (section 4.3), and some devices send nothing else. One without a priority is refused.
 */
export function receivedSyslog(timeZone: string): Format {
  return {
    fields: { ...SYSLOG_FIELD_TYPES, source_address: "string" },
    scanner: (schema, demand) =>
      new FieldScanner({
        schema,
        demand,
        names: [...SYSLOG_FIELDS, "source_address"],
        parser: new ReceivedParser(),
        time: { name: "time", reader: new TimeReader({ time_format: "syslog", time_zone: timeZone }) },
      }),
  };
}

class ReceivedParser implements FieldParser {
  readonly #message = new SyslogParser({ bareMessages: true });

  parse(bytes: Buffer, start: number, end: number, found: FoundFields): string | undefined {
    const addressEnd = bytes.indexOf(SPACE, start);
    if (addressEnd < 0 || addressEnd >= end) return "empty";
    const reason = this.#message.parse(bytes, addressEnd + 1, end, found);
    found.set(SOURCE_ADDRESS, start, addressEnd);
    return reason;
  }
}

const SOURCE_ADDRESS = SYSLOG_FIELDS.length;
const SPACE = 0x20;
