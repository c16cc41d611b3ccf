import { readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";

/** A file that stands beside a log and is named as a rotated one. */
export interface RotatedFile {
  readonly path: string;
  readonly stats: Stats;
}

/**
 * The files that a log has been before, as far as their names say so, the one written last at the end; at most 1,000. Compressed ones are
 * left out: whoever compresses a log waits until nobody reads it any more (logrotate has `delaycompress` for that). Folders are read now,
 * or as `folders` has them, where many logs are asked about.
 */
export function rotatedFiles(path: string, folders?: RotatedNames): RotatedFile[] {
  const real = realPath(path);
  // A container's log is a link, and is rotated where it points to.
  if (real === path || dirname(real) === dirname(path)) return rotatedBeside(path, folders);
  return inOrder([...rotatedBeside(path, folders), ...rotatedBeside(real, folders)]);
}

/** Which names in a folder are those of rotated files, by the log; each folder is read once, when it is first asked about. */
export class RotatedNames {
  readonly #folders = new Map<string, ReadonlyMap<string, readonly string[]>>();

  of(folder: string, log: string): readonly string[] {
    let names = this.#folders.get(folder);
    if (names === undefined) this.#folders.set(folder, (names = byLog(namesIn(folder))));
    return names.get(log) ?? [];
  }
}

function byLog(names: readonly string[]): Map<string, string[]> {
  const logs = new Map<string, string[]>();
  for (const name of names) {
    for (const log of new Set(logNames(name))) {
      const known = logs.get(log);
      if (known === undefined) logs.set(log, [name]);
      else known.push(name);
    }
  }
  return logs;
}

function rotatedBeside(path: string, folders: RotatedNames | undefined): RotatedFile[] {
  const [folder, log] = [dirname(path), basename(path)];
  const names = folders?.of(folder, log) ?? namesIn(folder).filter((name) => isRotatedName(name, log));
  return inOrder(names.slice(0, FILES_MAX).flatMap((name) => rotatedFile(join(folder, name))));
}

function inOrder(files: readonly RotatedFile[]): RotatedFile[] {
  return files.toSorted((left, right) => left.stats.mtimeMs - right.stats.mtimeMs);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** `access.log` becomes `access.log.1`, `access.log-20261120`, `access.1.log`, `access-2026-11-20.log`, `access.log.old`. */
export function isRotatedName(name: string, log: string): boolean {
  const extension = extname(log);
  const stem = log.slice(0, log.length - extension.length);
  if (name.startsWith(log) && /^(?:\.old|[-._]\d[\dT._:-]*)$/.test(name.slice(log.length))) return true;
  if (extension === "" || !name.startsWith(stem) || !name.endsWith(extension)) return false;
  return /^[-._]\d[\dT._:-]*$/.test(name.slice(stem.length, name.length - extension.length));
}

/** The names that a log may have of which a file of this name would be a rotated one: every `log` for which `isRotatedName(name, log)`. */
export function logNames(name: string): string[] {
  const extension = extname(name);
  const names = [...stems(name), ...stems(name.slice(0, name.length - extension.length)).map((stem) => `${stem}${extension}`)];
  if (name.endsWith(".old")) names.push(name.slice(0, -".old".length));
  return names.filter((log) => log !== "" && isRotatedName(name, log));
}

/** What stands before each thing that looks like a number or a date and ends the text. */
function stems(text: string): string[] {
  return [...text.matchAll(/[-._](?=\d)/g)].map(({ index }) => text.slice(0, index));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A folder may be searched without being readable: then there is nothing to be found beside the log.
    return [];
  }
}

function rotatedFile(path: string): RotatedFile[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true ? [{ path, stats }] : [];
}

const FILES_MAX = 1000;
