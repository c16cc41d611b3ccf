import { fieldTypeNamed } from "../../event/index.ts";
import { re2Fault } from "./re2_fault.ts";
import type { Notes } from "./notes.ts";
import type { Section } from "./section.ts";

/** How lines are read, as the settings have it: the name of a format, or its name with its settings. */
export type FormatSetting = string | Readonly<Record<string, object>>;

/** The fields of a target with their types, as they are known from elsewhere. */
export type KnownFields = Readonly<Record<string, string>>;

/**
 * Translates how a source reads its lines: `<parse>`, or `format` and what belongs to it, as it was written before. Undefined, with a note,
 * for what has no counterpart. Lines that name their fields are read for those that are `known`, or all of them, unless it says which.
 */
export function formatOf(source: Section, notes: Notes, known?: KnownFields): FormatSetting | undefined {
  const parse = source.all("parse")[0] ?? source;
  const written = parse === source ? (source.value("format") ?? "none") : parse.type;
  const isExpression = written.startsWith("/");
  const settings = commonSettings(parse);
  notes.needless(parse, ["keep_time_key", "estimate_current_event"], "the field of the time is there for who asks for it");
  switch (isExpression ? "regexp" : written) {
    case "apache2":
    case "apache":
    case "apache_combined":
      return simple("combined", settings, parse, notes);
    case "nginx":
      return "nginx";
    case "none":
      return "none";
    case "syslog":
      parse.parameter("message_format", "with_priority");
      return "syslog";
    case "json":
    case "ltsv":
      return keyed(written, known === undefined ? settings : { types: known, ...settings });
    case "csv":
    case "tsv":
      return separated(written, settings, parse, notes);
    case "regexp":
      return expression(isExpression ? written : (parse.value("expression") ?? ""), settings, parse, notes);
    case "multiline":
      return multiline(settings, parse, notes);
    default:
      notes.add(
        "untranslated",
        parse,
        `the format ${written === "" ? "without a name" : written} has no counterpart; the lines are taken as they are (none).`,
      );
      return "none";
  }
}

type TimeAndTypes = {
  readonly time_key?: string;
  readonly time_format?: string;
  readonly time_zone?: string;
  readonly types?: KnownFields;
};

function commonSettings(parse: Section): TimeAndTypes {
  const timeKey = parse.value("time_key");
  const format = parse.value("time_format");
  const kind = parse.value("time_type");
  const zone = parse.value("timezone") ?? (isTrue(parse.value("utc")) ? "UTC" : undefined);
  parse.parameter("localtime");
  const types = typesOf(parse);
  const timeFormat = format === "%iso8601" ? "iso8601" : (format ?? (kind === "unixtime" || kind === "float" ? "epoch" : undefined));
  return {
    ...(timeKey === undefined ? {} : { time_key: timeKey }),
    ...(timeFormat === undefined ? {} : { time_format: timeFormat }),
    ...(zone === undefined ? {} : { time_zone: zone }),
    ...(types === undefined ? {} : { types }),
  };
}

function isTrue(text: string | undefined): boolean {
  return text === "" || text === "true" || text === "yes";
}

/** `code:integer,size:integer`, or JSON. */
function typesOf(parse: Section): Record<string, string> | undefined {
  if (parse.value("types") === undefined) return undefined;
  // A time or an array may have its own form behind a second colon.
  return Object.fromEntries(parse.pairs("types").map(([name, type]) => [name, fieldTypeNamed(type.split(":", 1)[0]!) ?? "string"]));
}

function simple(name: string, { types }: TimeAndTypes, parse: Section, notes: Notes): FormatSetting {
  if (types !== undefined) notes.add("needless", parse, `types: the fields of ${name} have types of their own.`);
  return name;
}

/** Without types the target learns its fields from the lines. */
function keyed(name: string, settings: TimeAndTypes): FormatSetting {
  return Object.keys(settings).length === 0 ? name : { [name]: settings };
}

function separated(name: string, settings: TimeAndTypes, parse: Section, notes: Notes): FormatSetting {
  const columns = parse.list("keys", "columns");
  if (parse.value("delimiter") !== undefined)
    notes.add("untranslated", parse, `delimiter: values of ${name} are set apart by ${name === "csv" ? "commas" : "tabs"}.`);
  return { [name]: { columns, ...settings } };
}

function expression(written: string, settings: TimeAndTypes, parse: Section, notes: Notes): FormatSetting {
  const fault = re2Fault(written);
  if (fault === undefined) return { regexp: { expression: written, ...settings } };
  notes.add("untranslated", parse, `the expression cannot be used: ${fault}. The lines are taken as they are (none).`);
  return "none";
}

function multiline(settings: TimeAndTypes, parse: Section, notes: Notes): FormatSetting {
  const first = parse.value("format_firstline") ?? "";
  const parts = Array.from({ length: 20 }, (_, at) => parse.value(`format${at + 1}`) ?? "");
  const whole = `/${parts.map((part) => part.replace(/^\/(.*)\/[a-z]*$/s, "$1")).join("")}/m`;
  const fault = re2Fault(first) ?? re2Fault(whole);
  const flush = parse.value("multiline_flush_interval");
  if (fault !== undefined) {
    notes.add("untranslated", parse, `the expression cannot be used: ${fault}. The lines are taken as they are (none).`);
    return "none";
  }
  return {
    multiline: {
      first_line: first,
      ...(whole === "//m" ? {} : { expression: whole }),
      ...(flush === undefined ? {} : { flush_after: flush }),
      ...settings,
    },
  };
}
