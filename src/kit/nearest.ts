/**
 * The word of `known` that a person most likely meant by `written`, or undefined when none is near. Near is: at most a third of the
 * letters written differ, and one in a word of two (insert, delete, replace, swap of neighbours), ignoring case. The first of equals.
 */
export function nearest(written: string, known: Iterable<string>): string | undefined {
  if (written.length > WORD_LENGTH_MAX) return undefined;
  const wanted = written.toLowerCase();
  let best: string | undefined;
  let bestDistance = (written.length < 2 ? 0 : Math.max(1, Math.floor(written.length / 3))) + 1;
  for (const word of known) {
    if (Math.abs(word.length - written.length) >= bestDistance) continue;
    const distance = editDistance(wanted, word.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [word, distance];
  }
  return best;
}

/** ` Did you mean "x"?` with its leading space, or nothing: to be put behind the sentence of an error. */
export function didYouMean(written: string, known: Iterable<string>): string {
  const word = nearest(written, known);
  return word === undefined ? "" : ` Did you mean "${word}"?`;
}

/** Optimal string alignment distance. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    [beforeLast, last] = [last, current];
  }
  return last[right.length]!;
}

const WORD_LENGTH_MAX = 64;
