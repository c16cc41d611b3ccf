import { type FilePosition, parseFilePosition } from "../file_position.ts";

/** How far a log has been read, over all the files it has been. */
export interface KeptPosition {
  /** Files that are not read to their end, the one that stood at the path last at the end. */
  readonly files: readonly FilePosition[];
  /** Files that were read to their end not long ago, so that they are known wherever they turn up. */
  readonly finished: readonly FilePosition[];
}

/** A position that was kept, or undefined when the value is not one: it may have been written by another version. */
export function parseKeptPosition(value: unknown): KeptPosition | undefined {
  if (typeof value !== "object" || value === null || !("files" in value) || !("finished" in value)) return undefined;
  const files = parseAll(value.files);
  const finished = parseAll(value.finished);
  return files === undefined || finished === undefined ? undefined : { files, finished };
}

function parseAll(values: unknown): FilePosition[] | undefined {
  if (!Array.isArray(values)) return undefined;
  const positions = values.map(parseFilePosition);
  return positions.every((position) => position !== undefined) ? positions : undefined;
}
