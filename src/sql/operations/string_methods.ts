import type { Value } from "../../event/index.ts";
import { text } from "./argument.ts";
import { type Methods, overload } from "./java_method.ts";
import { recentPattern } from "./regexp.ts";

/** The methods of `java.lang.String` that can be called on a string. The first parameter is the string itself. Positions are UTF-16 units. */
export const STRING_METHODS: Methods = {
  charAt: [overload(["string", "integer"], "string", (self, at) => text(self)[Number(at)] ?? null)],
  codePointAt: [overload(["string", "integer"], "integer", (self, at) => text(self).codePointAt(Number(at)) ?? null)],
  compareTo: [overload(["string", "string"], "integer", (self, other) => compareTexts(text(self), text(other)))],
  compareToIgnoreCase: [overload(["string", "string"], "integer", (self, other) => compareTexts(folded(self), folded(other)))],
  concat: [overload(["string", "string"], "string", (self, other) => text(self) + text(other))],
  contains: [overload(["string", "string"], "boolean", (self, part) => text(self).includes(text(part)))],
  contentEquals: [overload(["string", "string"], "boolean", (self, other) => self === other)],
  endsWith: [overload(["string", "string"], "boolean", (self, end) => text(self).endsWith(text(end)))],
  equals: [overload(["string", "value"], "boolean", (self, other) => self === other)],
  equalsIgnoreCase: [overload(["string", "string"], "boolean", (self, other) => folded(self) === folded(other))],
  hashCode: [overload(["string"], "integer", (self) => hashOf(text(self)))],
  indexOf: [
    overload(["string", "string"], "integer", (self, part) => text(self).indexOf(text(part))),
    overload(["string", "integer"], "integer", (self, point) => text(self).indexOf(fromPoint(point))),
    overload(["string", "string", "integer"], "integer", (self, part, from) => text(self).indexOf(text(part), Number(from))),
    overload(["string", "integer", "integer"], "integer", (self, point, from) => text(self).indexOf(fromPoint(point), Number(from))),
  ],
  intern: [overload(["string"], "string", (self = null) => self)],
  isEmpty: [overload(["string"], "boolean", (self) => self === "")],
  lastIndexOf: [
    overload(["string", "string"], "integer", (self, part) => text(self).lastIndexOf(text(part))),
    overload(["string", "integer"], "integer", (self, point) => text(self).lastIndexOf(fromPoint(point))),
    overload(["string", "string", "integer"], "integer", (self, part, from) =>
      Number(from) < 0 ? -1 : text(self).lastIndexOf(text(part), Number(from)),
    ),
    overload(["string", "integer", "integer"], "integer", (self, point, from) =>
      Number(from) < 0 ? -1 : text(self).lastIndexOf(fromPoint(point), Number(from)),
    ),
  ],
  length: [overload(["string"], "integer", (self) => text(self).length)],
  matches: [
    overload(["string", "string"], "boolean", (self, pattern) => recentPattern(text(pattern), text(self))?.matches(text(self)) ?? null),
  ],
  regionMatches: [
    overload(["string", "integer", "string", "integer", "integer"], "boolean", (self, at, other, from, length) =>
      regionMatches(text(self), Number(at), text(other), Number(from), Number(length)),
    ),
  ],
  replace: [overload(["string", "string", "string"], "string", (self, what, by) => text(self).replaceAll(text(what), () => text(by)))],
  replaceAll: [overload(["string", "string", "string"], "string", (self, pattern, by) => replaced(self, pattern, by, true))],
  replaceFirst: [overload(["string", "string", "string"], "string", (self, pattern, by) => replaced(self, pattern, by, false))],
  split: [
    overload(["string", "string"], "string[]", (self, pattern) => recentPattern(text(pattern), text(self))?.split(text(self)) ?? null),
  ],
  startsWith: [
    overload(["string", "string"], "boolean", (self, start) => text(self).startsWith(text(start))),
    overload(
      ["string", "string", "integer"],
      "boolean",
      (self, start, from) => Number(from) >= 0 && Number(from) <= text(self).length && text(self).startsWith(text(start), Number(from)),
    ),
  ],
  substring: [
    overload(["string", "integer"], "string", (self, from) => substring(text(self), Number(from), text(self).length)),
    overload(["string", "integer", "integer"], "string", (self, from, to) => substring(text(self), Number(from), Number(to))),
  ],
  toCharArray: [overload(["string"], "string[]", (self) => text(self).split(""))],
  toLowerCase: [overload(["string"], "string", (self) => text(self).toLowerCase())],
  toString: [overload(["string"], "string", (self = null) => self)],
  toUpperCase: [overload(["string"], "string", (self) => text(self).toUpperCase())],
  trim: [overload(["string"], "string", (self) => trimmed(text(self)))],
};

/** As Java folds: each character on its own, up and then down. */
function folded(value: Value | undefined): string {
  return text(value).toUpperCase().toLowerCase();
}

function fromPoint(point: Value | undefined): string {
  const code = Number(point);
  return code >= 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : "";
}

/** The difference of the first characters that differ, or of the lengths. */
function compareTexts(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at++) {
    const difference = left.charCodeAt(at) - right.charCodeAt(at);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function hashOf(value: string): number {
  let hash = 0;
  for (let at = 0; at < value.length; at++) hash = (Math.imul(hash, 31) + value.charCodeAt(at)) | 0;
  return hash;
}

function regionMatches(self: string, at: number, other: string, from: number, length: number): boolean {
  if (at < 0 || from < 0 || at + length > self.length || from + length > other.length) return false;
  return length <= 0 || self.startsWith(other.slice(from, from + length), at);
}

/** Null where Java throws: an end that is outside of the text or before the beginning. */
function substring(value: string, from: number, to: number): string | null {
  return from < 0 || to > value.length || from > to ? null : value.slice(from, to);
}

function replaced(self: Value | undefined, pattern: Value | undefined, by: Value | undefined, all: boolean): string | null {
  try {
    return recentPattern(text(pattern), text(self))?.replace(text(self), text(by), all) ?? null;
  } catch {
    // A replacement that names a group which is not there.
    return null;
  }
}

/** Without the characters up to the blank at both ends. (A regular expression for this takes time quadratic in the blanks.) */
function trimmed(value: string): string {
  let from = 0;
  let to = value.length;
  while (from < to && value.charCodeAt(from) <= BLANK) from++;
  while (to > from && value.charCodeAt(to - 1) <= BLANK) to--;
  return value.slice(from, to);
}

const BLANK = 0x20;
