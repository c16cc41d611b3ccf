import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { resolve } from "node:path";
import type { z } from "zod";
import { formatDuration, formatSize, HotakaError, parseDuration, parseSize } from "../kit/index.ts";
import type { Zod } from "./definition.ts";

/**
 * A duration, written as `90s`, `1h` or `1 min 30 sec`, read as whole milliseconds. Bounds are in milliseconds, both allowed; without
 * them it is 0 to 100 years. A default is set by `.prefault("1h")`, in the words of the settings file.
 */
export function duration(z: Zod, { minMs = 0, maxMs = DURATION_MS_MAX }: { minMs?: number; maxMs?: number } = {}) {
  return worded(z, `a duration with a unit, such as 90s, 1h or 7 days`, (text) => {
    const durationMs = parseDuration(text);
    if (durationMs === undefined) return undefined;
    if (durationMs < minMs) return { wrong: `at least ${formatDuration(minMs)} was wanted` };
    if (durationMs > maxMs) return { wrong: `at most ${formatDuration(maxMs)} was wanted` };
    return { value: durationMs };
  });
}

/** A size, written as `64MB` or `512 KiB`, read as bytes. Bounds are in bytes, both allowed; without them it is 0 to 1 TB. */
export function size(z: Zod, { minBytes = 0, maxBytes = 1024 ** 4 }: { minBytes?: number; maxBytes?: number } = {}) {
  return worded(z, `a size with a unit, such as 512KB or 64MB`, (text) => {
    const bytes = parseSize(text);
    if (bytes === undefined) return undefined;
    if (bytes < minBytes) return { wrong: `at least ${formatSize(minBytes)} was wanted` };
    if (bytes > maxBytes) return { wrong: `at most ${formatSize(maxBytes)} was wanted` };
    return { value: bytes };
  });
}

/** Where to listen or to connect: `127.0.0.1:26578`, `[::1]:26578`, `localhost:0`. Port 0 lets the system choose one. */
export function hostAndPort(z: Zod) {
  return worded(z, `host:port, such as 127.0.0.1:26578 or [::1]:26578`, hostAndPortOf);
}

/** Reads what `hostAndPort` takes, for a setting that takes something else as well. */
export function hostAndPortOf(text: string): { readonly value: HostAndPort } | { readonly wrong: string } | undefined {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]{1,255})):(\d{1,5})$/.exec(text);
  if (parts === null || (parts[1] !== undefined && !isIPv6(parts[1]))) return undefined;
  const port = Number(parts[3]);
  if (port > 65_535) return { wrong: "a port is at most 65535" };
  return { value: { host: parts[1] ?? parts[2] ?? "", port } };
}

/** Where to listen or to connect. */
export interface HostAndPort {
  /** An address or a name; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * A password, a token or an address that is as good as one: as it is, or `env:NAME` for a variable of the daemon's environment, or
 * `file:PATH` for the first line of a file, so that the settings can be shown to others. It is read when it is needed, never printed, and
 * at most 8 KB long.
 */
export function secret(z: Zod) {
  return worded(z, "a secret, or env:NAME or file:PATH where it is to be read", (text) => {
    if (text === "" || text === "env:" || text === "file:") return undefined;
    return { value: new Secret(text) };
  });
}

/** A text that others must not see. It does not appear when it is printed or made JSON of. */
export class Secret {
  readonly #written: string;

  constructor(written: string) {
    this.#written = written;
  }

  /** The secret itself. `folder` is where a relative path starts. Throws HOTAKA_SECRET_MISSING. */
  async read(folder: string): Promise<string> {
    const [, kind, place = ""] = /^(env|file):(.*)$/s.exec(this.#written) ?? [];
    if (kind === undefined) return this.#written;
    const found = kind === "env" ? process.env[place] : await firstLineOf(resolve(folder, place));
    if (found !== undefined && found !== "" && found.length <= SECRET_LENGTH_MAX) return found;
    const wrong =
      found === undefined ? "it is not there" : found === "" ? "it is empty" : `it is longer than ${SECRET_LENGTH_MAX} characters`;
    throw new HotakaError(
      "HOTAKA_SECRET_MISSING",
      `A secret was wanted in ${kind === "env" ? "the environment variable" : "the file"} ${place}: ${wrong}.`,
    );
  }

  toJSON(): string {
    return "(secret)";
  }
}

async function firstLineOf(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).split(/\r?\n/)[0];
  } catch {
    return undefined;
  }
}

/**
 * A text that is read as something else. `read` gives undefined when the text is not of the kind at all, and `wrong` when it is but is
 * outside its bounds; `wanted` finishes the sentence "... was wanted".
 */
export function worded<Value>(
  z: Zod,
  wanted: string,
  read: (text: string) => { readonly value: Value } | { readonly wrong: string } | undefined,
): z.ZodPipe<z.ZodString, z.ZodTransform<Awaited<Value>, string>> {
  // The manual reads `wanted` out of the JSON Schema, which would otherwise say no more than that it is a text.
  const text = z.string({ error: (issue) => `${shown(issue.input)} was found; ${wanted} was wanted.` }).meta({ wanted });
  const pipe = text.transform((written, context) => {
    const result = written.length > TEXT_LENGTH_MAX ? undefined : read(written);
    if (result !== undefined && "value" in result) return result.value;
    const problem = result === undefined ? `${wanted} was wanted` : result.wrong;
    context.addIssue({ code: "custom", message: `${shown(written)} was found; ${problem}.`, input: written });
    return z.NEVER;
  });
  return pipe;
}

/** A value of a settings file as a short text for a message: never more than 60 characters of it, and of a list or map its kind only. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "nothing (null)";
  if (Array.isArray(value)) return "a list";
  const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
  if (!isPlain) return "a map";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}...` : text;
}

const DURATION_MS_MAX = 100 * 365 * 86_400_000;
const TEXT_LENGTH_MAX = 1024;
const SECRET_LENGTH_MAX = 8192;
const SHOWN_LENGTH_MAX = 60;
