import { readFile, stat } from "node:fs/promises";
import { type Cidr, HotakaError, messageOf, oneLine, parseCidr } from "../kit/index.ts";
import type { AwsIpRanges } from "./never_block.ts";

/**
 * The prefixes of a file as AWS publishes it, of one service and region or of all. Throws HOTAKA_CONFIG_INVALID when it cannot be read, is
 * none, or holds nothing of that service or region.
 * @see AWS, "AWS IP address ranges", syntax of ip-ranges.json
 */
export async function readAwsIpRanges({ file, service, region }: AwsIpRanges): Promise<Cidr[]> {
  const ranges = rangesOf(await textOf(file), file);
  const found = ranges.filter(
    (range) => (service === undefined || range.service === service) && (region === undefined || range.region === region),
  );
  const cidrs = found.flatMap(({ prefix }) => parseCidr(prefix) ?? []);
  if (cidrs.length > 0 && cidrs.length <= RANGES_MAX) return cidrs;
  if (cidrs.length > 0)
    throw invalid(file, `it has ${cidrs.length} prefixes of that kind; at most ${RANGES_MAX} are protected. Name a service.`);
  const known = [...new Set(ranges.map((range) => range.service))].toSorted();
  const wanted = [service, region].filter((word) => word !== undefined).join(" in ");
  throw invalid(file, `it has no prefixes${wanted === "" ? "" : ` of ${wanted}`}. Services in it: ${oneLine(known.join(", "), 500)}.`);
}

/** What changes when the file does: undefined when it is not there. */
export async function versionOf(file: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return undefined;
  }
}

interface Range {
  readonly prefix: string;
  readonly service: string;
  readonly region: string;
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > FILE_BYTES_MAX) throw new Error(`it is longer than ${FILE_BYTES_MAX} bytes`);
    return await readFile(file, "utf8");
  } catch (thrown) {
    throw invalid(file, `it could not be read: ${messageOf(thrown)}.`);
  }
}

function rangesOf(text: string, file: string): Range[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (thrown) {
    throw invalid(file, `it is not JSON: ${messageOf(thrown)}.`);
  }
  const lists = fieldsOf(parsed);
  return ["prefixes", "ipv6_prefixes"].flatMap((name) => {
    const list: unknown = lists.get(name);
    return Array.isArray(list) ? list.map((item) => rangeOf(fieldsOf(item))) : [];
  });
}

function rangeOf(fields: ReadonlyMap<string, unknown>): Range {
  return {
    prefix: textAt(fields, "ip_prefix") + textAt(fields, "ipv6_prefix"),
    service: textAt(fields, "service"),
    region: textAt(fields, "region"),
  };
}

function textAt(fields: ReadonlyMap<string, unknown>, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value : "";
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

function invalid(file: string, why: string): HotakaError {
  return new HotakaError(
    "HOTAKA_CONFIG_INVALID",
    `never_block: aws_ip_ranges ${file}: ${why} AWS publishes one at https://ip-ranges.amazonaws.com/ip-ranges.json.`,
  );
}

const FILE_BYTES_MAX = 32 << 20;
const RANGES_MAX = 50_000;
