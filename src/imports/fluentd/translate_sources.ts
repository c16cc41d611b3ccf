import { lacking } from "./nearest_means.ts";
import type { Notes } from "./notes.ts";
import { formatOf, type KnownFields } from "./parse_format.ts";
import type { Section } from "./section.ts";

/** An item of a list of the settings: the name of a component, with its settings. */
export type Item = Readonly<Record<string, unknown>>;

/** What the sources of a configuration become. */
export interface TranslatedSources {
  readonly items: Item[];
  /** Of sources that fetch rows of Norikra: what their tags begin with, and which queries they are of. */
  readonly fetches: Fetch[];
}

/** Rows of queries become events of tags: `norikra.query` and the name of the query behind it. */
export interface Fetch {
  readonly prefix: string;
  /** One query alone; undefined for all. */
  readonly query: string | undefined;
}

/** Translates `<source>`. */
export function translateSource(
  source: Section,
  into: TranslatedSources,
  notes: Notes,
  fieldsOf: (tag: string) => KnownFields | undefined,
): void {
  const { type } = source;
  source.parameter("@label");
  switch (type) {
    case "tail":
      into.items.push({ tail: tail(source, notes, fieldsOf) });
      break;
    case "forward":
      into.items.push({ forward: forward(source, notes) });
      break;
    case "http":
      into.items.push({ http: http(source, notes) });
      break;
    case "syslog":
      into.items.push({ syslog: syslog(source, notes) });
      break;
    case "exec":
      if (source.value("command") === undefined) {
        notes.add("untranslated", source, "exec: a command was wanted.");
        return;
      }
      into.items.push({ command: exec(source, notes, fieldsOf) });
      break;
    case "systemd":
      into.items.push({ command: systemd(source, notes) });
      break;
    case "norikra":
      fetches(source, into, notes);
      break;
    case "monitor_agent":
    case "prometheus":
    case "prometheus_monitor":
    case "prometheus_output_monitor":
    case "prometheus_tail_monitor":
    case "debug_agent":
      notes.add("needless", source, `${type}: the daemon has /metrics and /v1 for this.`);
      return;
    default:
      notes.add("untranslated", source, lacking("source", type));
      return;
  }
  notes.rest(source);
}

function tail(source: Section, notes: Notes, fieldsOf: (tag: string) => KnownFields | undefined): Item {
  const tag = source.value("tag") ?? "tail";
  const paths = (source.value("path") ?? "").split(source.value("path_delimiter") ?? ",").map((path) => path.trim());
  const excluded = source.list("exclude_path");
  const patterns = paths.map((path) => path.replaceAll(/%[YmdHMSjyB]/g, "*"));
  if (patterns.some((path, at) => path !== paths[at])) {
    notes.add("changed", source, "path: what stands for a date is any text here (*); all logs that fit are followed.");
  }
  notes.needless(
    source,
    [
      "read_lines_limit",
      "read_bytes_limit_per_second",
      "enable_watch_timer",
      "enable_stat_watcher",
      "open_on_every_update",
      "skip_refresh_on_startup",
      "follow_inodes",
      "pos_file_compaction_interval",
      "limit_recently_modified",
      "ignore_repeated_permission_error",
    ],
    "logs are followed by their inode and content, each gets its turn",
  );
  if (source.parameter("emit_unmatched_lines") !== undefined) {
    notes.add("changed", source, "emit_unmatched_lines: lines that do not fit are counted (source_lines_refused) and are no events.");
  }
  const [pos, encoding, refresh, rotate] = [
    source.value("pos_file"),
    source.value("from_encoding") ?? source.value("encoding"),
    source.value("refresh_interval"),
    source.value("rotate_wait"),
  ];
  source.parameter("encoding");
  return {
    path: patterns.length === 1 ? patterns[0] : patterns,
    ...(excluded.length === 0 ? {} : { exclude: excluded }),
    format: formatOf(source, notes, fieldsOf(tag)),
    tag,
    ...(isTrue(source.value("read_from_head")) ? { from: "start" } : {}),
    ...(pos === undefined ? {} : { fluentd_pos_file: pos }),
    ...(encoding === undefined || /ascii-8bit/i.test(encoding) ? {} : { encoding: encoding.toLowerCase() }),
    ...(refresh === undefined ? {} : { rescan_interval: seconds(refresh) }),
    ...(rotate === undefined ? {} : { rotated_wait: seconds(rotate) }),
  };
}

function forward(source: Section, notes: Notes): Item {
  const security = source.all("security")[0];
  const transport = source.all("transport")[0];
  const key = security === undefined ? undefined : secret(security, "shared_key");
  security?.parameter("user_auth", "allow_anonymous_source");
  const users = (security?.all("user") ?? []).map((user) => ({
    name: user.value("username") ?? "",
    password: secret(user, "password") ?? "",
  }));
  const hostname = security?.value("self_hostname");
  notes.needless(
    source,
    [
      "chunk_size_limit",
      "chunk_size_warn_limit",
      "skip_invalid_event",
      "source_address_key",
      "resolve_hostname",
      "backlog",
      "linger_timeout",
      "deny_keepalive",
      "send_keepalive_packet",
    ],
    "messages are bounded by message_bytes_max, and what is no event is counted",
  );
  return {
    ...listening(source, 24_224, key !== undefined, notes),
    ...(key === undefined ? {} : { shared_key: key }),
    ...(users.length === 0 ? {} : { users }),
    ...(hostname === undefined ? {} : { hostname }),
    ...tls(transport, notes),
  };
}

function http(source: Section, notes: Notes): Item {
  notes.needless(
    source,
    ["keepalive_timeout", "add_http_headers", "add_remote_addr", "blocking_timeout"],
    "senders are told how their events fared",
  );
  source.parameter("format");
  source.all("parse").forEach((parse) => parse.type);
  const size = source.value("body_size_limit");
  return {
    ...listening(source, 9880, false, notes),
    ...(size === undefined ? {} : { body_bytes_max: /^\d+$/.test(size) ? `${size}B` : `${size.replace(/b$/i, "").toUpperCase()}B` }),
    ...tls(source.all("transport")[0], notes),
  };
}

function syslog(source: Section, notes: Notes): Item {
  const protocol = source.value("protocol_type") ?? source.all("transport")[0]?.argument;
  notes.add("changed", source, "syslog: the tag is that of the settings; facility and severity are fields of the event.");
  source.parameter("message_format", "with_priority", "format", "message_length_limit", "frame_type");
  source.all("parse").forEach((parse) => parse.parameter("message_format", "with_priority", "@type"));
  return {
    ...listening(source, 5140, false, notes),
    ...(protocol === "tcp" || protocol === "udp" ? { transports: [protocol] } : { transports: ["udp"] }),
    tag: source.value("tag") ?? "syslog",
  };
}

/** A program that is run again and again, or runs on; its lines are events. */
function exec(source: Section, notes: Notes, fieldsOf: (tag: string) => KnownFields | undefined): Item {
  const command = source.value("command") ?? "";
  const tag = source.value("tag") ?? source.all("extract")[0]?.value("tag_key") ?? "exec";
  const every = source.value("run_interval");
  if (source.all("extract")[0]?.value("tag_key") !== undefined)
    notes.add("untranslated", source, "extract: a field cannot be the tag of an event. Write a tag, and tell the events apart by queries.");
  if (every === undefined) notes.add("changed", source, "exec: a program that ends is started again.");
  else
    notes.add(
      "changed",
      source,
      `run_interval ${every}: a shell runs the program again and again, as lines are read of programs that run on.`,
    );
  notes.needless(source, ["read_block_size", "connect_mode"], "what the program writes is read as it comes");
  const script =
    every === undefined ? command : `while :; do ${command}\nsleep ${Number.parseFloat(every) * (EXEC_UNITS[every.slice(-1)] ?? 1)}; done`;
  return { run: ["sh", "-c", script], format: formatOf(source, notes, fieldsOf(tag)), tag };
}

/** The journal of systemd, by fluent-plugin-systemd. */
function systemd(source: Section, notes: Notes): Item {
  const written = source.json("matches", "filters") ?? [];
  const matches = (Array.isArray(written) ? written : [written]).filter((all) => typeof all === "object" && all !== null) as object[];
  const path = source.value("path");
  source.all("storage").forEach((storage) => storage.parameters.forEach(({ key }) => storage.parameter(key)));
  source.all("entry").forEach((entry) => entry.parameters.forEach(({ key }) => entry.parameter(key)));
  source.parameter("pos_file", "read_from_head", "strip_underscores");
  notes.add(
    "changed",
    source,
    "systemd: what is written to the journal while the daemon does not run is not read, and fields are called as the journal calls them.",
  );
  return {
    run: [
      "journalctl",
      "-f",
      "--lines=0",
      "--output=json",
      ...(path === undefined || path === "/var/log/journal" ? [] : ["-D", path]),
      ...matches.flatMap((all, at) => [
        ...(at === 0 ? [] : ["+"]),
        ...Object.entries(all).map(([field, value]) => `${field}=${String(value)}`),
      ]),
    ],
    format: "json",
    tag: source.value("tag") ?? "systemd",
  };
}

/** A norikra input: rows of queries as events. Rows reach actions by themselves here. */
function fetches(source: Section, into: TranslatedSources, notes: Notes): void {
  source.parameter("norikra");
  for (const fetch of source.all("fetch")) {
    const method = fetch.value("method") ?? "";
    const tag = (fetch.value("tag") ?? "query_name").trim().split(/\s+/);
    const prefix = fetch.value("tag_prefix") ?? "";
    const target = fetch.value("target", "query_name");
    notes.needless(fetch, ["interval"], "rows reach the actions as soon as a query gives them");
    if (tag[0] !== "query_name") {
      notes.add("untranslated", fetch, `tag ${tag.join(" ")}: rows are told apart by the name of their query alone.`);
      continue;
    }
    if (method === "sweep" && target !== undefined)
      notes.add("changed", fetch, `target ${target}: rows of all groups reach the actions that fit their query.`);
    into.fetches.push({ prefix, query: method === "event" ? target : undefined });
  }
}

function listening(source: Section, portDefault: number, asksWho: boolean, notes: Notes): Item {
  const [bind, port] = [source.value("bind") ?? "0.0.0.0", source.value("port") ?? String(portDefault)];
  const isLocal = bind === "localhost" || bind === "::1" || bind.startsWith("127.");
  if (!isLocal && !asksWho) {
    notes.add(
      "changed",
      source,
      `open_to_network: whoever reaches ${bind}:${port} can send events, as with Fluentd. Listen on 127.0.0.1, or ask for a key.`,
    );
  }
  return { listen: `${bind.includes(":") ? `[${bind}]` : bind}:${port}`, ...(isLocal || asksWho ? {} : { open_to_network: true }) };
}

function tls(transport: Section | undefined, notes: Notes): Item {
  if (transport === undefined || transport.argument !== "tls") return {};
  const [cert, key, ca] = [transport.value("cert_path"), transport.value("private_key_path"), transport.value("ca_path")];
  const wantsClients = isTrue(transport.value("client_cert_auth"));
  if (cert === undefined || key === undefined) {
    notes.add("untranslated", transport, "TLS: cert_path and private_key_path were wanted; certificates are not made here.");
    return {};
  }
  return { tls: { cert, key, ...(wantsClients && ca !== undefined ? { client_ca: ca } : {}) } };
}

/** A secret as it stands, or the variable of the environment that Ruby would have read it from. */
export function secret(section: Section, ...keys: readonly string[]): string | undefined {
  const parameter = section.parameters.findLast(({ key }) => keys.includes(key));
  if (parameter === undefined || !parameter.hasRuby) return section.value(...keys);
  const variable = /^#\{\s*ENV(?:\[["'](\w+)["']\]|\.fetch\(\s*["'](\w+)["']\s*\))\s*\}$/.exec(parameter.text);
  if (variable === null) return undefined;
  section.parameter(...keys);
  return `env:${variable[1] ?? variable[2]}`;
}

/** `60`, `60s` or `1m` as a duration. */
function seconds(text: string): string {
  return /^\d+(?:\.\d+)?$/.test(text) ? `${Math.round(Number(text) * 1000)}ms` : text.replace(/m$/, "min");
}

function isTrue(text: string | undefined): boolean {
  return text === "" || text === "true" || text === "yes";
}

/** Of what a time is followed by, in seconds. */
const EXEC_UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
