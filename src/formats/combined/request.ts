/**
 * The method and the path of a request line `[start, end)`:
 *
 *     request = [ method [ 1*SP path [ 1*SP protocol ] ] ]
 *
 * A path may hold spaces (a stranger writes them): it is what stands between the first space and the last, as with Fluentd's apache2
 * parser. A request that is not HTTP at all, such as a TLS hello on a plain port, is a method without a path. An empty piece is null.
 */
export function methodEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== SPACE) at++;
  return at;
}

/** Where the path begins: `end` when there is none. */
export function pathStart(bytes: Buffer, start: number, end: number): number {
  let at = methodEnd(bytes, start, end);
  while (at < end && bytes[at] === SPACE) at++;
  return at;
}

/** Where the path that begins at `start` ends; a last word behind it is the protocol. */
export function pathEnd(bytes: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1] !== SPACE) at--;
  while (at > start && bytes[at - 1] === SPACE) at--;
  return at === start ? end : at;
}

const SPACE = 0x20;
