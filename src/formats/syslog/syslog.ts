import { defineFormat } from "../../component/index.ts";
import { FieldScanner } from "../field_scanner.ts";
import { TimeReader, timeZoneSetting } from "../time_text.ts";
import { SYSLOG_FIELDS, SyslogParser } from "./syslog_parser.ts";

export const syslog = defineFormat({
  name: "syslog",
  summary: "Lines of syslog: RFC 5424, RFC 3164 and what daemons write to /var/log, with the priority in front or without.",
  config: (z) => z.strictObject({ time_zone: timeZoneSetting(z) }),
  examples: [{}, { time_zone: "UTC" }],
  open: ({ time_zone }) => ({
    fields: SYSLOG_FIELD_TYPES,
    scanner: (schema, demand) =>
      new FieldScanner({
        schema,
        demand,
        names: SYSLOG_FIELDS,
        parser: new SyslogParser(),
        time: { name: "time", reader: new TimeReader({ time_format: "syslog", time_zone }) },
      }),
  }),
});

/** The fields of a message, with their types. */
export const SYSLOG_FIELD_TYPES = {
  time: "integer",
  pri: "integer",
  facility: "integer",
  severity: "integer",
  host: "string",
  ident: "string",
  pid: "string",
  msgid: "string",
  extradata: "string",
  message: "string",
} as const;
