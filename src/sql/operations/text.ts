import type { Operation } from "../plan/expression.ts";
import type { Type } from "../plan/type.ts";
import { text } from "./argument.ts";
import { textOf } from "./cast.ts";

/** `||`: joins two strings; null if either is. */
export const concatenate: Operation = {
  name: "||",
  strict: true,
  nullable: false,
  evaluate: (left, right) => text(left) + text(right),
  emit: (left, right) => `(${left} + ${right})`,
};

/** A number of this type as its text, where an operation on strings takes numbers too. */
export function asText(type: Type): Operation {
  return { name: `text of ${type}`, strict: true, nullable: false, evaluate: (value = null) => textOf(value, type) };
}

/**
 * `like` with a pattern known in advance: `%` stands for any run of characters, `_` for one, `escape` (if any) makes the next one stand for
 * itself. Time is at most proportional to the length of the text times the length of the pattern.
 */
export function like(pattern: string, escape: string | undefined): Operation {
  const pieces = likePieces(pattern, escape);
  const wild = pieces.findIndex((piece) => typeof piece !== "string");
  return {
    name: `like ${JSON.stringify([pattern, escape])}`,
    strict: true,
    nullable: false,
    prefix: pieces.slice(0, wild === -1 ? undefined : wild).join(""),
    evaluate: (value) => matchPieces(text(value), pieces),
  };
}

/** `like` with a pattern that is itself worked out for each event. */
export const likeDynamic: Operation = {
  name: "like",
  strict: true,
  nullable: false,
  evaluate: (value, pattern, escape) =>
    matchPieces(text(value), likePieces(text(pattern), escape === undefined ? undefined : text(escape))),
};

type Piece = string | typeof ANY_ONE | typeof ANY_RUN;
const ANY_ONE = 1;
const ANY_RUN = 2;

function likePieces(pattern: string, escape: string | undefined): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    if (character === escape && at + 1 < pattern.length) pieces.push(pattern[++at]!);
    else if (character === "%") pieces.push(ANY_RUN);
    else pieces.push(character === "_" ? ANY_ONE : character);
  }
  return pieces;
}

/** Greedy with one point to come back to: the latest `%`. An earlier one never needs to be tried again. */
function matchPieces(candidate: string, pieces: readonly Piece[]): boolean {
  let at = 0;
  let piece = 0;
  let retryAt = -1;
  let retryPiece = -1;
  while (at < candidate.length) {
    const wanted = pieces[piece];
    if (wanted === ANY_RUN) {
      retryPiece = ++piece;
      retryAt = at;
    } else if (wanted === ANY_ONE || wanted === candidate[at]) {
      at++;
      piece++;
    } else if (retryPiece !== -1) {
      at = ++retryAt;
      piece = retryPiece;
    } else {
      return false;
    }
  }
  while (pieces[piece] === ANY_RUN) piece++;
  return piece === pieces.length;
}
