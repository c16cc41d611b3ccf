import { parseCidr } from "../../kit/index.ts";

/** What a deny file is for. */
export type DenyFormat = "nginx" | "haproxy" | "plain";

/** A deny file taken apart: our lines stand between two marks, all others belong to somebody else and stay as they are. */
export interface DenyFile {
  readonly before: readonly string[];
  /** Canonical CIDRs, in the order of the file; a line of ours that is none is left out, so that it is missed and written anew. */
  readonly own: readonly string[];
  readonly after: readonly string[];
  /** Our part is just as we would write it: marks, order of lines, nothing beside. */
  readonly isTidy: boolean;
}

/** Takes the text of a file apart. A text without marks is all of somebody else. */
export function parseDenyFile(text: string, format: DenyFormat): DenyFile {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const begin = lines.indexOf(BEGIN);
  const end = lines.indexOf(END, begin + 1);
  if (begin < 0 || end < 0) return { before: lines.filter((line) => line !== BEGIN && line !== END), own: [], after: [], isTidy: false };
  const written = lines.slice(begin + 1, end);
  const own = written.flatMap((line) => cidrOf(line, format) ?? []);
  const after = lines.slice(end + 1).filter((line) => line !== BEGIN && line !== END);
  const isTidy =
    own.length === written.length &&
    after.length === lines.length - end - 1 &&
    written.every((line, at) => line === lineOf(own[at]!, format));
  return { before: lines.slice(0, begin), own, after, isTidy };
}

/** The text of a file with these blocks between the marks. */
export function denyText({ before, after }: Pick<DenyFile, "before" | "after">, cidrs: readonly string[], format: DenyFormat): string {
  return [...before, BEGIN, ...cidrs.map((cidr) => lineOf(cidr, format)), END, ...after, ""].join("\n");
}

/** `deny 203.0.113.7;`, `203.0.113.7 blocked`, `203.0.113.7`: a prefix with its length, an address without. */
function lineOf(cidr: string, format: DenyFormat): string {
  const shown = parseCidr(cidr)?.shown ?? cidr;
  if (format === "nginx") return `deny ${shown};`;
  return format === "haproxy" ? `${shown} blocked` : shown;
}

function cidrOf(line: string, format: DenyFormat): string | undefined {
  const [, text] = PATTERNS[format].exec(line) ?? [];
  return text === undefined ? undefined : parseCidr(text)?.toString();
}

const PATTERNS: Readonly<Record<DenyFormat, RegExp>> = {
  nginx: /^deny ([0-9a-fA-F.:/]+);$/,
  haproxy: /^([0-9a-fA-F.:/]+) blocked$/,
  plain: /^([0-9a-fA-F.:/]+)$/,
};
const BEGIN = "# BEGIN hotaka: what stands up to the end mark is written by Hotaka, and changed back when somebody else changes it";
const END = "# END hotaka";
