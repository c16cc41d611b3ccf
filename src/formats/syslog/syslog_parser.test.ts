import { expect, test } from "vitest";
import { parseFields } from "../../../test/suites/parse_fields.ts";
import { SYSLOG_FIELDS, SyslogParser } from "./syslog_parser.ts";

test.each([
  [
    '<165>1 2003-10-11T22:14:15.003Z h app 7 ID47 [x@1 a="]"] \ufeffhello',
    {
      time: "2003-10-11T22:14:15.003Z",
      pri: "165",
      facility: "20",
      severity: "5",
      host: "h",
      ident: "app",
      pid: "7",
      msgid: "ID47",
      extradata: '[x@1 a="]"]',
      message: "hello",
    },
  ],
  ["Oct 11 22:14:15 h su[x]: y", { time: "Oct 11 22:14:15", host: "h", ident: "su", message: "[x]: y" }],
])("%s holds its fields", (line, fields) => {
  expect(parseFields(new SyslogParser(), SYSLOG_FIELDS, line)).toEqual(fields);
});

test.each([
  ["", "empty"],
  ["garbage", "time"],
  ["May  6 12:00:00", "time"],
  ["<192>May  6 12:00:00 web x: y", "priority"],
  ["<>May  6 12:00:00 web x: y", "priority"],
  ["<6", "priority"],
  ["<1234>x", "priority"],
  ["<6>1 2025-05-06T12:00:00Z h", "header"],
  ["<6>1 2025-05-06T12:00:00Z h a p m", "header"],
  ["<6>1 2025-05-06T12:00:00Z h a p m x", "structured_data"],
  ['<6>1 2025-05-06T12:00:00Z h a p m [x y="', "structured_data"],
  ["<6>1 2025-05-06T12:00:00Z h a p m -x", "structured_data"],
])("%j is refused for its %s", (line, reason) => {
  expect(parseFields(new SyslogParser(), SYSLOG_FIELDS, line)).toBe(reason);
});
