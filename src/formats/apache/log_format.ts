import { faultOf, type LogTemplate, type TemplateVariable } from "../log_template.ts";

/** The log formats that Apache has names for in the configurations that it comes with. */
export const APACHE_FORMATS: ReadonlyMap<string, string> = new Map([
  ["common", '%h %l %u %t "%r" %>s %b'],
  ["combined", '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"'],
  ["vhost_combined", '%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"'],
]);

/**
 * The template of a LogFormat as it stands in the configuration of Apache: the text alone, the whole directive, or one of the names that
 * it comes with; or what is wrong with it.
 */
export function templateOf(text: string): LogTemplate | string {
  const directive = /^\s*LogFormat\s+"((?:[^"\\]|\\.)*)"/i.exec(text);
  const format = directive?.[1]?.replaceAll('\\"', '"') ?? APACHE_FORMATS.get(text) ?? text;
  const literals = [""];
  const variables: TemplateVariable[] = [];
  for (const [token, , argument, directiveName = ""] of format.matchAll(/%([!<>,\d]*)(?:\{([^}]*)\})?(\^t[io]|[A-Za-z%])|[^%]+|%/g)) {
    const addLiteral = (literal: string): void => void (literals[literals.length - 1] += literal);
    if (directiveName === "" || directiveName === "%") {
      if (token === "%") return "a letter behind each % was wanted, as in %h";
      addLiteral(directiveName === "%" ? "%" : token.replaceAll("\\t", "\t").replaceAll('\\"', '"'));
      continue;
    }
    const variable = variableOf(directiveName, argument);
    if (variable === undefined) return `${token} is not a directive of LogFormat that is known here`;
    const isBracketed = directiveName === "t" && argument === undefined;
    if (isBracketed) addLiteral("[");
    variables.push(variable);
    literals.push(isBracketed ? "]" : "");
  }
  const template = { literals, variables, hasJsonEscapes: false };
  return faultOf(template) ?? template;
}

function variableOf(directive: string, argument: string | undefined): TemplateVariable | undefined {
  if (directive === "t") return argument === undefined ? time("%d/%b/%Y:%H:%M:%S %z") : timeOf(argument);
  if (argument !== undefined) {
    const name = NAMED_HEADERS.get(`${argument.toLowerCase()} ${directive}`) ?? headerName(argument, directive);
    return name === undefined ? unitOf(directive, argument) : plain(name);
  }
  return DIRECTIVES.get(directive);
}

function headerName(argument: string, directive: string): string | undefined {
  const prefix = PREFIXES.get(directive);
  return prefix === undefined ? undefined : `${prefix}_${argument.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_")}`;
}

function timeOf(argument: string): TemplateVariable | undefined {
  const pattern = argument.replace(/^(?:begin|end):/, "");
  if (pattern === "sec") return time("epoch");
  if (pattern === "msec") return time("epoch_ms");
  return undefined;
}

function unitOf(directive: string, argument: string): TemplateVariable | undefined {
  if (directive === "T") return UNITS.has(argument) ? plain(`duration_${argument}`, "integer") : undefined;
  if (directive === "a") return plain("peer");
  return directive === "p" ? plain(`${argument}_port`, "integer") : undefined;
}

function plain(field: string, type: TemplateVariable["type"] = "string"): TemplateVariable {
  return { field, type, kind: "plain" };
}

function time(timeFormat: string): TemplateVariable {
  return { field: "time", type: "integer", kind: "time", timeFormat };
}

/** @see https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats */
const DIRECTIVES: ReadonlyMap<string, TemplateVariable> = new Map<string, TemplateVariable>([
  ["h", plain("host")],
  ["a", plain("host")],
  ["A", plain("local_address")],
  ["l", plain("ident")],
  ["u", { field: "user", type: "string", kind: "free" }],
  ["r", { field: "", type: "string", kind: "request" }],
  ["s", plain("code", "integer")],
  ["b", plain("size", "integer")],
  ["B", plain("size", "integer")],
  ["O", plain("size", "integer")],
  ["I", plain("bytes_received", "integer")],
  ["S", plain("bytes_transferred", "integer")],
  ["D", plain("duration_us", "integer")],
  ["T", plain("duration_s", "integer")],
  ["v", plain("vhost")],
  ["V", plain("vhost")],
  ["p", plain("port", "integer")],
  ["P", plain("pid", "integer")],
  ["k", plain("keepalive_requests", "integer")],
  ["m", plain("method")],
  ["U", plain("path")],
  ["q", plain("query")],
  ["H", plain("protocol")],
  ["f", plain("file")],
  ["R", plain("handler")],
  ["X", plain("connection_status")],
  ["L", plain("log_id")],
]);
const NAMED_HEADERS: ReadonlyMap<string, string> = new Map([
  ["referer i", "referer"],
  ["user-agent i", "agent"],
]);
const PREFIXES: ReadonlyMap<string, string> = new Map([
  ["i", "http"],
  ["o", "sent_http"],
  ["C", "cookie"],
  ["e", "env"],
  ["n", "note"],
  ["x", "var"],
]);
const UNITS: ReadonlySet<string> = new Set(["s", "ms", "us"]);
