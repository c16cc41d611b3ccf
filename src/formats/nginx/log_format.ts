import { faultOf, type LogTemplate, type TemplateVariable } from "../log_template.ts";

/** The log format that nginx has when none is named. */
export const COMBINED_LOG_FORMAT =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

/**
 * The template of a log format as it stands in the configuration of nginx: the text alone, or the whole directive,
 *
 *     log_format name [ escape=default|json|none ] string ... ;
 *
 * or what is wrong with it. Variables that the combined format has get the names that it gives them, so that one query fits both.
 */
export function templateOf(text: string): LogTemplate | string {
  const directive = /^\s*log_format\s+\S+\s+(?:escape=(default|json|none)\s+)?(.*?);?\s*$/s.exec(text);
  const format = directive === null ? text : joined(directive[2] ?? "");
  if (format === undefined) return "quoted texts behind the name of log_format were wanted, as in its directive";
  const pieces = format.split(/\$(?:\{(\w+)\}|(\w+))/);
  const literals = pieces.filter((_, at) => at % 3 === 0);
  const variables = pieces.flatMap((_, at) => (at % 3 === 0 && at > 0 ? [variableOf(pieces[at - 2] ?? pieces[at - 1] ?? "")] : []));
  const template = { literals, variables, hasJsonEscapes: directive?.[1] === "json" };
  return faultOf(template) ?? template;
}

/** The strings of a directive, put together. */
function joined(written: string): string | undefined {
  const strings = [...written.matchAll(/\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*/gsy)];
  const length = strings.reduce((sum, [whole]) => sum + whole.length, 0);
  if (strings.length === 0 || length !== written.length) return undefined;
  return strings.map(([, single, double]) => (single ?? double ?? "").replaceAll(/\\(['"\\])/g, "$1")).join("");
}

function variableOf(name: string): TemplateVariable {
  const known = KNOWN.get(name);
  if (known !== undefined) return known;
  return { field: name, type: "string", kind: name.startsWith("upstream_") ? "list" : "plain" };
}

function plain(field: string, type: TemplateVariable["type"] = "string"): TemplateVariable {
  return { field, type, kind: "plain" };
}

function time(timeFormat: string): TemplateVariable {
  return { field: "time", type: "integer", kind: "time", timeFormat };
}

/** @see https://nginx.org/en/docs/varindex.html */
const KNOWN: ReadonlyMap<string, TemplateVariable> = new Map<string, TemplateVariable>([
  ["remote_addr", plain("host")],
  ["remote_user", { field: "user", type: "string", kind: "free" }],
  ["time_local", time("%d/%b/%Y:%H:%M:%S %z")],
  ["time_iso8601", time("iso8601")],
  ["msec", time("epoch")],
  ["request", { field: "", type: "string", kind: "request" }],
  ["request_method", plain("method")],
  ["request_uri", plain("path")],
  ["server_protocol", plain("protocol")],
  ["status", plain("code", "integer")],
  ["body_bytes_sent", plain("size", "integer")],
  ["http_referer", plain("referer")],
  ["http_user_agent", plain("agent")],
  ["host", plain("vhost")],
  ...["bytes_sent", "request_length", "connection", "connection_requests", "content_length", "pid", "server_port", "remote_port"].map(
    (name): [string, TemplateVariable] => [name, plain(name, "integer")],
  ),
  ...["request_time", "connection_time", "gzip_ratio"].map((name): [string, TemplateVariable] => [name, plain(name, "float")]),
]);
