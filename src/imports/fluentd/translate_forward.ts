import type { Notes } from "./notes.ts";
import type { Section } from "./section.ts";
import { type Item, secret } from "./translate_sources.ts";

/** Translates an output that sends on by the Forward protocol; `tag` is what stands for the tag of a row. */
export function forwardOf(output: Section, tag: string, notes: Notes): Item {
  const servers = output.all("server");
  const [security] = output.all("security");
  const sharedKey = security && secret(security, "shared_key");
  const hostname = security?.value("self_hostname");
  const user = servers.map((server) => server.value("username")).find((name) => name !== undefined);
  const password = servers.map((server) => secret(server, "password")).find((text) => text !== undefined);
  for (const server of servers) notes.needless(server, ["name"], "a server is called by its address");
  notes.needless(
    output,
    [
      "heartbeat_type",
      "phi_threshold",
      "phi_failure_detector",
      "recover_wait",
      "hard_timeout",
      "expire_dns_cache",
      "keepalive",
      "keepalive_timeout",
    ],
    "a server that fails is tried again until it is there, and connections are kept",
  );
  if (output.value("require_ack_response") !== "true")
    notes.add("changed", output, "forward: a row counts as sent when the server has acknowledged it. `ack: false` leaves that out.");
  return {
    servers: [...(output.value("host") === undefined ? [] : [output]), ...servers].map((server) => serverOf(server, notes)),
    tag,
    ...(sharedKey === undefined ? {} : { shared_key: sharedKey }),
    ...(user === undefined || password === undefined ? {} : { username: user, password }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(output.value("transport") === "tls" ? { tls: tlsOf(output, notes) } : {}),
    ...(output.value("compress") === "gzip" ? { compress: "gzip" } : {}),
    ...durationOf(output, "ack_response_timeout", "ack_timeout"),
    ...durationOf(output, "connect_timeout", "connect_timeout"),
    ...durationOf(output, "heartbeat_interval", "heartbeat_interval"),
  };
}

function serverOf(section: Section, notes: Notes): Item {
  const host = section.value("host") ?? "127.0.0.1";
  const weight = Number(section.value("weight") ?? DEFAULT_WEIGHT);
  if (weight < 1) notes.add("changed", section, `server ${host}: a weight of 0 is 1 here. Leave the server out, or make it a standby.`);
  return {
    address: `${host.includes(":") ? `[${host}]` : host}:${section.value("port") ?? "24224"}`,
    ...(weight === DEFAULT_WEIGHT ? {} : { weight: Math.max(1, weight) }),
    ...(section.value("standby") === undefined ? {} : { standby: true }),
  };
}

function tlsOf(output: Section, notes: Notes): Item {
  const files = {
    ca: output.value("tls_cert_path", "tls_ca_cert_path"),
    cert: output.value("tls_client_cert_path"),
    key: output.value("tls_client_private_key_path"),
  };
  if (output.value("tls_insecure_mode") === "true" || output.value("tls_verify_hostname") === "false")
    notes.add(
      "untranslated",
      output,
      "tls: a server is always checked. Name the certificates to trust by `tls.ca`, and its name by `tls.server_name`.",
    );
  notes.needless(output, ["tls_version", "tls_ciphers", "tls_allow_self_signed_cert"], "what Node has is used");
  return Object.fromEntries(Object.entries(files).flatMap(([name, path]) => (path === undefined ? [] : [[name, path]])));
}

/** Fluentd takes a number as seconds. */
function durationOf(output: Section, name: string, setting: string): Item {
  const text = output.value(name);
  return text === undefined ? {} : { [setting]: /^\d+(?:\.\d+)?$/.test(text) ? `${text}s` : text };
}

const DEFAULT_WEIGHT = 60;
