import { compileMatch } from "../../kit/index.ts";
import type { Notes } from "./notes.ts";
import { reachedQueries, resultPattern } from "./row_tags.ts";
import type { Section } from "./section.ts";
import { type EventLists, eventsOf } from "./event_outputs.ts";
import { lacking } from "./nearest_means.ts";
import { fileOf } from "./translate_file.ts";
import { forwardOf } from "./translate_forward.ts";
import { httpOf } from "./translate_http.ts";
import { kafkaOf } from "./translate_kafka.ts";
import { type Fetch, type Item, secret } from "./translate_sources.ts";

/** What the outputs of a configuration become. */
export interface TranslatedOutputs extends EventLists {
  readonly actions: Item[];
}

/** What stands before the outputs, and what is before them in the file. */
export interface OutputContext {
  readonly fetches: readonly Fetch[];
  /** The tags under which programs give results: a text, or undefined where the results say them. */
  readonly results: readonly (string | undefined)[];
  readonly notes: Notes;
}

/** Translates one output, under the pattern of its `<match>`. */
export function translateOutput(output: Section, pattern: string, into: TranslatedOutputs, context: OutputContext): void {
  const { notes } = context;
  const { type } = output;
  buffering(output, notes);
  switch (type) {
    case "norikra":
    case "norikra_filter":
      norikra(output, pattern, into, notes);
      break;
    case "null":
      into.routes.push({ match: pattern, drop: true });
      break;
    case "exec_filter":
      answer(output, pattern, into, context, () => ({ exec_filter: execFilter(output, context) }));
      break;
    case "sns":
      answer(output, pattern, into, context, () => ({ sns: sns(output, notes) }));
      break;
    case "forward":
      answer(output, pattern, into, context, (tag) => ({ forward: forwardOf(output, tag(), notes) }));
      break;
    case "file":
      answer(output, pattern, into, context, () => named("file", fileOf(output, notes)));
      break;
    case "http":
    case "http_ext":
      answer(output, pattern, into, context, () => named("webhook", httpOf(output, notes)));
      break;
    case "kafka2":
    case "rdkafka2":
    case "kafka_buffered":
    case "kafka":
      answer(output, pattern, into, context, (tag) => named("kafka", kafkaOf(output, tag, notes)));
      break;
    case "stdout":
      output.all("format");
      answer(output, pattern, into, context, () => ({ log: {} }));
      break;
    default:
      notes.add("untranslated", output, lacking("output", type));
      return;
  }
  notes.rest(output);
}

function named(action: string, settings: Item | undefined): Item | undefined {
  return settings === undefined ? undefined : { [action]: settings };
}

/**
 * An action answers rows of queries and results of programs. What no query and no program gives is taken for events of logs, which a query is made
 * for. `itemOf` makes the action, told what stands for the tag of a row, and undefined where that cannot be.
 */
function answer(
  output: Section,
  pattern: string,
  into: TranslatedOutputs,
  { fetches, results, notes }: OutputContext,
  itemOf: (tag: () => string) => Item | undefined,
): void {
  const queries = reachedQueries(pattern, fetches);
  if (queries === undefined) {
    notes.add(
      "untranslated",
      output,
      `match ${pattern}: which queries it means cannot be told from their tags. Give the action a match of its own.`,
    );
    return;
  }
  const match = [...queries, ...resultPattern(pattern, results)];
  const prefix = fetches[0]?.prefix ?? "";
  const rowTag = (): string => (prefix === "" ? "${query}" : `${prefix}.\${query}`);
  if (match.length > 0) {
    const item = itemOf(rowTag);
    if (item !== undefined) into.actions.push({ match: match.join(" "), ...item });
    return;
  }
  // What cannot be translated leaves no route and no query behind.
  const tried = { filters: [...into.filters], routes: [...into.routes], queries: [...into.queries] };
  const events = eventsOf(output, pattern, tried, notes);
  const item = events && itemOf(events.tag);
  if (events === undefined || item === undefined) return;
  for (const list of ["filters", "routes", "queries"] as const) into[list].push(...tried[list].slice(into[list].length));
  into.actions.push({ match: events.query, ...item });
}

/** What is asked of buffers: rows wait in the outbox, on the disk, and what is routed to a target waits for nothing. */
function buffering(output: Section, notes: Notes): void {
  const keys = output.parameters.map(({ key }) => key).filter((key) => BUFFERING.test(key));
  const isRoute = output.type.startsWith("norikra");
  const why = isRoute
    ? "events reach their target in the same process, so nothing is buffered, tried again or dropped on the way"
    : "rows wait on the disk (the outbox), are tried again for half an hour, and end in dead_letters.ndjson";
  notes.needless(output, [...new Set(keys)], why);
  for (const secondary of output.all("secondary")) {
    notes.add("needless", secondary, "secondary: what cannot be sent is kept in dead_letters.ndjson, with the reason.");
    for (const { key } of secondary.parameters) secondary.parameter(key);
    secondary.all("buffer", "format");
  }
  const buffer = output.all("buffer");
  if (buffer.length > 0) notes.add("needless", buffer[0]!, `buffer: ${why}.`);
  for (const section of buffer) for (const { key } of section.parameters) section.parameter(key);
}

function norikra(output: Section, pattern: string, into: TranslatedOutputs, notes: Notes): void {
  notes.needless(
    output,
    ["norikra", "connect_timeout", "send_timeout", "receive_timeout", "enable_auto_query", "execute_server", "execute_server_path"],
    "the targets are here",
  );
  const prefix = output.value("remove_tag_prefix");
  const target = output.value("target_string");
  const key = output.value("target_map_key");
  output.parameter("target_map_tag");
  if (key !== undefined) {
    notes.add("untranslated", output, `target_map_key ${key}: a field cannot name the target; the tag does.`);
  }
  into.routes.push({
    match: pattern,
    ...(target === undefined ? (prefix === undefined ? {} : { remove_prefix: prefix }) : { target: target.replaceAll(/\W/g, "_") }),
  });
  for (const section of output.all("default", "target")) {
    notes.needless(
      section,
      [
        "include",
        "exclude",
        "auto_field",
        "time_key",
        "escape_fieldname",
        "field_string",
        "field_boolean",
        "field_integer",
        "field_float",
        "field_int",
        "field_long",
        "field_double",
        "reserve_fields",
      ],
      "a target learns its fields from its events, and only those that queries read are decoded",
    );
    for (const query of section.all("query")) declaredQuery(query, section.argument, into, notes);
  }
}

function declaredQuery(query: Section, target: string, into: TranslatedOutputs, notes: Notes): void {
  const [name, sql, group] = [query.value("name"), query.value("expression"), query.value("group")];
  query.parameter("tag", "fetch_interval");
  if (name === undefined || sql === undefined) return;
  const filled = (text: string): string => text.replaceAll("${target}", target);
  if (target === "" && /\$\{target\}/.test(`${name}${sql}`)) {
    notes.add("untranslated", query, `query ${name}: one for each target cannot be made. Write it once for each.`);
    return;
  }
  into.queries.push({ name: filled(name), sql: filled(sql), ...(group === undefined ? {} : { group }) });
}

function execFilter(output: Section, { fetches, notes }: OutputContext): Item {
  const [format, parse, inject, extract] = ["format", "parse", "inject", "extract"].map((name) => output.all(name)[0]);
  const command = output.value("command") ?? "";
  const incoming = pipe(output.value("in_format") ?? format?.type ?? "tsv", namesIn([output, "in_keys"], [format, "keys"]));
  const outgoing = pipe(output.value("out_format") ?? parse?.type ?? "tsv", namesIn([output, "out_keys"], [parse, "keys"]));
  const [tagIn, timeIn] = [
    output.value("in_tag_key") ?? inject?.value("tag_key"),
    output.value("in_time_key") ?? inject?.value("time_key"),
  ];
  const [tagOut, timeOut] = [
    output.value("out_tag_key") ?? extract?.value("tag_key"),
    output.value("out_time_key") ?? extract?.value("time_key"),
  ];
  for (const section of [inject, extract, parse])
    section?.parameter("time_type", "keep_tag_key", "keep_time_key", "estimate_current_event");
  const isTimed = [output, inject, extract].some(
    (section) => section?.value("in_time_format", "out_time_format", "time_format") !== undefined,
  );
  if (isTimed) notes.add("changed", output, "times are written to the program, and read of it, as seconds since 1970.");
  const prefix = output.value("add_prefix");
  const queryPrefix = withoutRemoved(fetches[0]?.prefix ?? "", output.value("remove_prefix"));
  notes.needless(
    output,
    ["child_respawn", "read_block_size", "suppress_error_log_interval"],
    "a program that ends is always started again",
  );
  const tag = [RESULTS, prefix, output.value("tag") ?? "exec_filter"].filter((part) => part !== undefined).join(".");
  notes.add("changed", output, `results have the tag ${tag}: ${RESULTS} tells them apart from queries of the same name.`);
  const children = Number(output.value("num_children") ?? "1");
  return {
    run: wordsOf(command, output, notes),
    in: {
      ...incoming,
      ...(tagIn === undefined ? {} : { query_field: tagIn, ...(queryPrefix === "" ? {} : { query_prefix: queryPrefix }) }),
      ...(timeIn === undefined ? {} : { time_field: timeIn }),
    },
    out: { ...outgoing, ...(tagOut === undefined ? {} : { tag_field: tagOut }), ...(timeOut === undefined ? {} : { time_field: timeOut }) },
    tag,
    ...(tagOut === undefined ? {} : { add_prefix: prefix === undefined ? RESULTS : `${RESULTS}.${prefix}` }),
    ...(children > 1 ? { children } : {}),
  };
}

/** What is left of the prefix of tags when a part of it was taken off: `query` of `norikra.query` without `norikra`. */
function withoutRemoved(prefix: string, removed: string | undefined): string {
  if (removed === undefined) return prefix;
  return prefix === removed ? "" : prefix.startsWith(`${removed}.`) ? prefix.slice(removed.length + 1) : prefix;
}

function pipe(format: string, fields: readonly string[] | undefined): Item {
  return { format: ["json", "msgpack", "tsv"].includes(format) ? format : "tsv", ...(fields === undefined ? {} : { fields }) };
}

/** The list that the first of these settings has that is there. */
function namesIn(...places: readonly (readonly [Section | undefined, string])[]): string[] | undefined {
  const [section, key] = places.find(([one, name]) => one?.value(name) !== undefined) ?? [];
  return key === undefined ? undefined : section?.list(key);
}

/** A command as a program and its arguments; one that needs a shell is given one. */
function wordsOf(command: string, output: Section, notes: Notes): string[] {
  if (/[|&;<>()$`*?~\n]/.test(command)) {
    notes.add(
      "changed",
      output,
      "command: it needs a shell, so it is run by sh -c. Write the program and its arguments one by one where you can.",
    );
    return ["sh", "-c", command];
  }
  return [...command.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|((?:[^\s"'\\]|\\.)+)/g)].map(
    ([, double, single, plain]) => single ?? (double ?? plain ?? "").replaceAll(/\\(.)/g, "$1"),
  );
}

function sns(output: Section, notes: Notes): Item {
  const endpoint = output.value("sns_endpoint");
  const region = output.value("sns_region") ?? /^sns\.([a-z0-9-]+)\.amazonaws\.com/.exec(endpoint ?? "")?.[1] ?? "ap-northeast-1";
  const topic = output.value("sns_topic_name", "sns_topic") ?? "";
  const [subjectKey, bodyKey] = [output.value("sns_subject_key"), output.value("sns_body_key")];
  const subject = output.value("sns_subject") ?? (subjectKey === undefined ? undefined : `\${${subjectKey}}`);
  const [id, key] = [secret(output, "aws_key_id"), secret(output, "aws_sec_key")];
  notes.needless(
    output,
    ["include_time_key", "include_tag_key", "time_key", "tag_key"],
    "a message names the query, the time and the fields of its rows",
  );
  notes.needless(output, ["use_ssl", "ssl_verify_peer"], "the API of Amazon is asked by HTTPS");
  notes.add(
    "changed",
    output,
    "sns: rows of one query are told together, in one message for all of the first seconds (group_wait), not one each.",
  );
  if (id !== undefined && !id.startsWith("env:")) {
    notes.add(
      "changed",
      output,
      "aws_key_id and aws_sec_key stand in what was written. Put them into the environment, as env:NAME, or into a file, as file:PATH.",
    );
  }
  return {
    topic,
    region,
    ...(endpoint !== undefined && /^https?:\/\//.test(endpoint) ? { endpoint } : {}),
    ...(subject === undefined ? {} : { subject }),
    ...(bodyKey === undefined ? {} : { text: `\${${bodyKey}}` }),
    ...(id === undefined || key === undefined ? {} : { access_key_id: id, secret_access_key: key }),
  };
}

/** Whether a pattern can be read at all. */
export function isPattern(pattern: string): boolean {
  try {
    compileMatch(pattern);
    return true;
  } catch {
    return false;
  }
}

/** What results of programs are told apart by. */
const RESULTS = "result";
const BUFFERING =
  /^(?:buffer_\w+|retry_\w+|max_retry_wait|disable_retry_limit|flush_\w+|num_threads|queued_chunk_flush_interval|slow_flush_log_threshold|try_flush_interval|overflow_action)$/;
