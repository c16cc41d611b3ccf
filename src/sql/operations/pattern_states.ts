/**
 * About how many states a regular expression has once its counted repetitions are written out: what it costs to compile it, and to go on by one
 * character. `(?:[ab]{10}){10}` has a hundred; a few letters can ask for millions. More than `most` are not counted. What is no regular
 * expression has some number too.
 */
export function patternStates(source: string, most: number): number {
  const open: number[] = [];
  let total = 0;
  let latest = 0;
  for (let at = 0; at < source.length && total <= most; at++) {
    const repetition = source[at] === "{" ? REPETITION.exec(source.slice(at, at + REPETITION_LENGTH_MAX)) : null;
    if (repetition !== null) {
      const [written, least = "0", , largest = ""] = repetition;
      const times = Math.max(Number(least), Number(largest), 1);
      total += latest * (times - 1);
      latest *= times;
      at += written.length - 1;
      continue;
    }
    switch (source[at]) {
      case "(":
        open.push(total);
        at += (GROUP_KIND.exec(source.slice(at + 1, at + GROUP_KIND_LENGTH_MAX))?.[0] ?? "").length;
        break;
      case ")":
        latest = total - (open.pop() ?? 0) + 1;
        total++;
        break;
      case "[":
        at = endOfClass(source, at);
        [latest, total] = [1, total + 1];
        break;
      case "\\":
        at++;
        [latest, total] = [1, total + 1];
        break;
      case "*":
      case "+":
      case "?":
        [latest, total] = [latest + 1, total + 1];
        break;
      default:
        [latest, total] = [1, total + 1];
    }
  }
  return total;
}

/** Where the class ends that begins at `start`: a bracket right at its beginning is one of its characters. */
function endOfClass(source: string, start: number): number {
  let at = start + 1;
  if (source[at] === "^") at++;
  if (source[at] === "]") at++;
  for (; at < source.length && source[at] !== "]"; at++) {
    if (source[at] === "\\") at++;
    else if (source.startsWith("[:", at)) at = Math.max(at, source.indexOf(":]", at) + 1);
  }
  return at;
}

const REPETITION = /^\{(\d+)(,(\d*))?\}/;
const REPETITION_LENGTH_MAX = 16;
/** `?:`, `?i:`, `?P<name>`; `?i` of `(?i)`. */
const GROUP_KIND = /^\?(?:P?<[^>]*>|[A-Za-z-]*:?)/;
const GROUP_KIND_LENGTH_MAX = 100;
