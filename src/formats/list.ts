import type { FormatDefinition } from "../component/index.ts";
import { apache } from "./apache/apache.ts";
import { combined } from "./combined/combined.ts";
import { csv } from "./csv/csv.ts";
import { json } from "./json/json.ts";
import { logfmt } from "./logfmt/logfmt.ts";
import { ltsv } from "./ltsv/ltsv.ts";
import { multiline } from "./multiline/multiline.ts";
import { nginx } from "./nginx/nginx.ts";
import { none } from "./none/none.ts";
import { patterns } from "./patterns/patterns.ts";
import { regexp } from "./regexp/regexp.ts";
import { syslog } from "./syslog/syslog.ts";
import { tsv } from "./tsv/tsv.ts";

/** Every format, in order of name. */
export const formats: readonly FormatDefinition<unknown>[] = [
  apache,
  combined,
  csv,
  json,
  logfmt,
  ltsv,
  multiline,
  nginx,
  none,
  patterns,
  regexp,
  syslog,
  tsv,
];
