import { readFileSync } from "node:fs";

/** How far a program has read a file. */
export interface PosEntry {
  readonly inode: number;
  readonly offset: number;
}

/**
 * What a pos_file of Fluentd's tail says, by path. A line of it is `path TAB position TAB inode`, the numbers in 16 hexadecimal digits;
 * the position ffffffffffffffff is that of a file which is not followed any more. Lines that are not so are passed over: Fluentd writes
 * in place, and a crash may leave half a line. Empty where the file cannot be read.
 */
export function readPosFile(path: string): ReadonlyMap<string, PosEntry> {
  const entries = new Map<string, PosEntry>();
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return entries;
  }
  for (const line of text.split("\n")) {
    const parts = /^([^\t]+)\t([0-9a-fA-F]{1,16})\t([0-9a-fA-F]{1,16})$/.exec(line);
    if (parts === null || /^f{16}$/i.test(parts[2]!)) continue;
    const [offset, inode] = [Number.parseInt(parts[2]!, 16), Number.parseInt(parts[3]!, 16)];
    if (Number.isSafeInteger(offset) && Number.isSafeInteger(inode)) entries.set(parts[1]!, { inode, offset });
  }
  return entries;
}
