import { lacking } from "./nearest_means.ts";
import { translateGeoip } from "./translate_geoip.ts";
import type { Notes } from "./notes.ts";
import { re2Fault } from "./re2_fault.ts";
import type { Section } from "./section.ts";
import type { Item } from "./translate_sources.ts";

/** Translates `<filter>`: an item of the list of filters, or none. */
export function translateFilter(filter: Section, notes: Notes): Item[] {
  const match = filter.argument === "" ? "**" : filter.argument;
  const { type } = filter;
  const item = translated(filter, type, notes);
  if (item !== undefined) notes.rest(filter);
  return item === undefined ? [] : [{ match, ...item }];
}

function translated(filter: Section, type: string, notes: Notes): Item | undefined {
  switch (type) {
    case "grep":
      return grep(filter, notes);
    case "record_transformer":
    case "record_modifier":
      return record(filter, notes);
    case "sampling":
    case "sampling_filter": {
      const interval = Number(filter.value("interval") ?? "1");
      notes.needless(filter, ["sample_unit", "minimum_rate_per_min"], "every nth of all events that fit the filter goes on");
      return { sample: { one_in: interval } };
    }
    case "geoip":
      return translateGeoip(filter, notes);
    case "stdout":
      notes.add("needless", filter, "stdout: `hotaka tap` shows the events of a target as they come.");
      return undefined;
    default:
      notes.add("untranslated", filter, lacking("filter", type));
      return undefined;
  }
}

function grep(filter: Section, notes: Notes): Item | undefined {
  const include = new Map<string, string>();
  const exclude = new Map<string, string>();
  const take = (into: Map<string, string>, key: string | undefined, pattern: string | undefined): void => {
    if (key === undefined || pattern === undefined) return;
    const fault = re2Fault(pattern);
    if (fault === undefined) into.set(fieldOf(key), pattern);
    else notes.add("untranslated", filter, `grep: the expression for ${key} cannot be used: ${fault}.`);
  };
  for (const section of filter.all("regexp", "and", "or")) {
    const inner = section.name === "regexp" ? [section] : section.all("regexp");
    if (section.name === "or") notes.add("changed", section, "or: with `any`, one of all the fields in include is enough.");
    for (const one of inner) take(include, one.value("key"), one.value("pattern"));
  }
  for (const section of filter.all("exclude")) take(exclude, section.value("key"), section.value("pattern"));
  for (const { key, text } of filter.parameters) {
    // As it was written before: `regexp1 level error`.
    const kind = /^(regexp|exclude)\d+$/.exec(key)?.[1];
    if (kind === undefined) continue;
    filter.parameter(key);
    const [field = "", ...pattern] = text.split(" ");
    take(kind === "regexp" ? include : exclude, field, pattern.join(" "));
  }
  if (include.size + exclude.size === 0) return undefined;
  const isAny = filter.all("or").length > 0;
  return {
    grep: {
      ...(include.size === 0 ? {} : { include: Object.fromEntries(include) }),
      ...(exclude.size === 0 ? {} : { exclude: Object.fromEntries(exclude) }),
      ...(isAny && include.size > 1 ? { any: true } : {}),
    },
  };
}

function record(filter: Section, notes: Notes): Item | undefined {
  const set: Record<string, string | number> = {};
  notes.needless(filter, ["enable_ruby", "auto_typecast", "char_encoding"], "no Ruby is run, and a value that is copied keeps its type");
  for (const section of filter.all("record")) {
    for (const { key, text } of section.parameters) {
      section.parameter(key);
      const value = templateOf(text);
      if (value === undefined)
        notes.add("untranslated", section, `record: the value of ${key} is Ruby, which is not run here: ${text.slice(0, 80)}`);
      else set[key] = value;
    }
  }
  const remove = filter.list("remove_keys").map(fieldOf);
  const keep = filter.list("keep_keys", "whitelist_keys").map(fieldOf);
  const isRenewed = filter.value("renew_record") === "true";
  filter.parameter("renew_time_key");
  const kept = keep.length > 0 ? [...keep, ...Object.keys(set)] : isRenewed ? Object.keys(set) : [];
  if (Object.keys(set).length + remove.length + kept.length === 0) return undefined;
  return {
    record: {
      ...(Object.keys(set).length === 0 ? {} : { set }),
      ...(remove.length === 0 ? {} : { remove }),
      ...(kept.length === 0 ? {} : { keep: kept }),
    },
  };
}

/**
 * `${record["status"]} ${tag_parts[0]}` as a template of ours; undefined where there is Ruby that it cannot say.
 */
function templateOf(text: string): string | undefined {
  const whole = text.replaceAll(/#\{\s*(?:Socket\.gethostname|hostname)\s*\}/g, "${hostname}");
  if (/#\{/.test(whole)) return undefined;
  let isRuby = false;
  const template = whole.replaceAll(/\$\{([^}]*)\}/g, (_, inner: string) => {
    const field = /^\s*record(?:\[["']([^"']+)["']\]|\.dig\(["']([^"']+)["']\))\s*$/.exec(inner);
    if (field !== null) return `\${${field[1] ?? field[2]}}`;
    if (/^\s*(?:tag|hostname|tag_parts\[-?\d+\])\s*$/.test(inner)) return `\${${inner.trim()}}`;
    // Before version 1 a field stood by its name alone.
    if (/^\s*\w+\s*$/.test(inner) && !["time"].includes(inner.trim())) return `\${${inner.trim()}}`;
    isRuby = true;
    return "";
  });
  return isRuby ? undefined : template;
}

/** `$.req.path` and `$['req']['path']` as `req.path`. */
function fieldOf(key: string): string {
  if (!key.startsWith("$")) return key;
  const steps = [...key.matchAll(/\.([\w-]+)|\[["']([^"']+)["']\]|\[(\d+)\]/g)].map(
    ([, plain, quoted, index]) => plain ?? quoted ?? `$${index}`,
  );
  return steps.join(".");
}
