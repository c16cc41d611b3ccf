import type { Notes } from "./notes.ts";
import type { Section } from "./section.ts";
import { type Item, secret } from "./translate_sources.ts";

/** Translates an output that posts events. Undefined, with a note, where they cannot be posted so. */
export function httpOf(output: Section, notes: Notes): Item | undefined {
  const endpoint = secret(output, "endpoint", "endpoint_url");
  const method = (output.value("http_method") ?? "post").toLowerCase();
  const format = output.all("format")[0]?.type ?? output.value("serializer") ?? "json";
  if (endpoint === undefined || endpoint.includes("${") || endpoint.includes("%{")) {
    notes.add(
      "untranslated",
      output,
      "endpoint: one address was wanted; rows are not told apart by it. Write an action with a url and a match of its own for each.",
    );
    return undefined;
  }
  if (method !== "post" || !["json", "raw_json"].includes(format)) {
    notes.add(
      "untranslated",
      output,
      `http: rows are posted as JSON here; ${method.toUpperCase()} of ${format} was asked for. A program can send them so, by exec_filter.`,
    );
    return undefined;
  }
  for (const name of ["format", "buffer"]) output.all(name);
  notes.needless(
    output,
    ["open_timeout", "read_timeout", "ssl_timeout", "keep_alive", "reuse_connections", "content_type", "use_ssl"],
    "an answer is waited for ten seconds, and the type of what is posted goes by its format",
  );
  if (output.parameter("retryable_response_codes", "error_response_as_unrecoverable") !== undefined)
    notes.add(
      "changed",
      output,
      "retryable_response_codes: what is answered with 400, 413 or 422 is given up, row by row; all else is tried again.",
    );
  const isArray = output.value("json_array") === "true";
  notes.add(
    "changed",
    output,
    `http: rows are posted as soon as they come, up to 100 at a time, as ${isArray ? "a list" : "lines"} of JSON.`,
  );
  return {
    url: endpoint,
    body: "row",
    batch: { format: isArray ? "array" : "ndjson" },
    ...headersOf(output, notes),
  };
}

function headersOf(output: Section, notes: Notes): Item {
  const headers: Record<string, string> = Object.fromEntries(output.pairs("headers", "custom_headers"));
  const auth = output.all("auth")[0] ?? output;
  const [user, password] = [auth.value("username"), secret(auth, "password")];
  auth.parameter("method", "auth", "authentication");
  if (user !== undefined && password !== undefined) {
    if (password.startsWith("env:")) {
      const sentence = `password: the header authorization was wanted as a whole: put "Basic " and the base64 of ${user}:password into a file or a variable, and name that.`;
      notes.add("changed", auth, sentence);
      headers["authorization"] = "env:HOTAKA_HTTP_AUTHORIZATION";
    } else {
      headers["authorization"] = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
      notes.add(
        "changed",
        auth,
        "username and password stand in what was written, as a header. Put it into the environment, as env:NAME, or into a file, as file:PATH.",
      );
    }
  }
  return Object.keys(headers).length === 0 ? {} : { headers };
}
