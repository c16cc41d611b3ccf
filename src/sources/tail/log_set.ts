import { basename, dirname, join } from "node:path";
import type { SourceContext } from "../../component/index.ts";
import type { Counter } from "../../kit/index.ts";
import type { Glob } from "./glob.ts";
import type { LogFollower } from "./log_follower.ts";
import { logNames, RotatedNames } from "./rotated.ts";

/** A log that is followed, and when it is looked at next. */
export interface FollowedLog {
  readonly path: string;
  readonly follower: LogFollower;
  dueMs: number;
  /** There may be more to read: it is among those that are asked next. */
  isUnread: boolean;
}

/**
 * The logs that the paths and patterns of a source name: those without a pattern from the beginning, whether they are there or not, the
 * others as they come and go. What is named as a rotated one of another log, or is compressed, is no log of its own.
 */
export class LogSet {
  /** In order of coming. */
  readonly logs: FollowedLog[] = [];
  readonly #options: LogSetOptions;
  readonly #byPath = new Map<string, FollowedLog>();
  /** Logs that are open and have not begun yet. */
  readonly #opened: FollowedLog[] = [];
  /** Logs that went, by when they were missed first: their positions are kept for a while, for a log may come back under its name. */
  readonly #gone = new Map<string, number>();
  readonly #beyond: Counter;
  /** What the patterns found, while each of that is followed and nothing else is waited for. */
  #settled: readonly string[] | undefined;
  readonly #warned = new Set<string>();
  #known: string;

  /** Throws HOTAKA_SOURCE_OPEN for a log without a pattern that is there and cannot be read; one found by a pattern is left out with a warning. */
  constructor(options: LogSetOptions) {
    this.#options = options;
    const { context, globs, key } = options;
    this.#beyond = context.counters.counter(
      "source_logs_beyond_max",
      "Logs found by a pattern that are not read, for there are more than files_max.",
      {
        source: context.name,
      },
    );
    const kept = parseKnown(context.positions.get(key));
    this.#known = JSON.stringify(kept ?? {});
    try {
      for (const { glob, path } of globs) if (!glob.isPattern) this.#add(path, true);
      // What a pattern finds that was looked for before the daemon ended came since.
      for (const path of this.#found(this.#paths())) {
        const isKnown = kept !== undefined && globs.some(({ glob, path: pattern }) => glob.fits(path) && kept.patterns.includes(pattern));
        this.#addFound(path, !isKnown);
      }
      this.#beginOpened();
    } catch (thrown) {
      this.close();
      throw thrown;
    }
    const nowMs = context.clock.nowMs();
    for (const path of kept?.logs ?? []) if (!this.#byPath.has(path)) this.#gone.set(path, nowMs);
    this.#keepKnown();
  }

  /** Looks for logs that came, and lets go of those that went and are read to their ends. */
  rescan(nowMs: number): void {
    const paths = this.#paths();
    if (this.#settled !== undefined && isSame(paths, this.#settled)) return;
    const found = new Set(this.#found(paths));
    for (const path of found) this.#addFound(path, false);
    this.#beginOpened();
    for (const log of this.logs.filter(({ path, follower }) => this.#isByPattern(path) && !found.has(path) && follower.isGone(nowMs))) {
      this.#letGo(log);
      this.#gone.set(log.path, nowMs);
    }
    for (const [path, sinceMs] of this.#gone) {
      if (nowMs - sinceMs < GONE_MS_MAX) continue;
      this.#gone.delete(path);
      this.#options.context.positions.delete(this.#options.positionKey(path));
    }
    this.#keepKnown();
    const isFollowed =
      this.logs.every(({ path }) => found.has(path) || !this.#isByPattern(path)) && [...found].every((path) => this.#byPath.has(path));
    this.#settled = isFollowed && this.#gone.size === 0 ? paths : undefined;
  }

  get hasPatterns(): boolean {
    return this.#options.globs.some(({ glob }) => glob.isPattern);
  }

  close(): void {
    for (const { follower } of this.logs.splice(0)) follower.close();
  }

  /** What fits a pattern. */
  #paths(): string[] {
    return this.#options.globs.flatMap(({ glob }) => (glob.isPattern ? glob.find(FOUND_MAX) : []));
  }

  /** Those of the paths that are logs to be followed. */
  #found(paths: readonly string[]): string[] {
    const { globs, excluded, filesMax, context } = this.#options;
    const known = [...this.#byPath.keys(), ...this.#gone.keys()];
    const isLog = (path: string): boolean => globs.some(({ glob }) => glob.fits(path));
    const logs = ownLogs(
      [...new Set(paths)].filter((path) => !excluded.some((glob) => glob.fits(path))),
      known,
      isLog,
    );
    const most = Math.max(0, filesMax - globs.filter(({ glob }) => !glob.isPattern).length);
    const beyond = Math.max(0, logs.length - most);
    if (beyond > this.#beyond.value) {
      if (this.#beyond.value === 0)
        context.log.warn(`${context.name}: ${logs.length} logs were found, and no more than ${filesMax} (files_max) are read.`);
      this.#beyond.add(beyond - this.#beyond.value);
    }
    return logs.slice(0, most);
  }

  #isByPattern(path: string): boolean {
    return !this.#options.globs.some(({ glob, path: named }) => !glob.isPattern && named === path);
  }

  #addFound(path: string, isAtStart: boolean): void {
    try {
      this.#add(path, isAtStart);
    } catch (thrown) {
      this.#warn(path, thrown);
    }
  }

  #add(path: string, isAtStart: boolean): void {
    if (this.#byPath.has(path)) return;
    const log = { path, follower: this.#options.open(path, isAtStart), dueMs: 0, isUnread: false };
    this.#gone.delete(path);
    this.#byPath.set(path, log);
    this.logs.push(log);
    this.#opened.push(log);
  }

  /** Of logs that begin together each folder is read once: for each of 1,000 logs in one it took a second. */
  #beginOpened(): void {
    const folders = new RotatedNames();
    for (const log of this.#opened.splice(0)) {
      try {
        log.follower.begin(folders);
      } catch (thrown) {
        if (!this.#isByPattern(log.path)) throw thrown;
        this.#letGo(log);
        this.#warn(log.path, thrown);
      }
    }
  }

  #letGo(log: FollowedLog): void {
    log.follower.close();
    this.#byPath.delete(log.path);
    this.logs.splice(this.logs.indexOf(log), 1);
  }

  #warn(path: string, thrown: unknown): void {
    const { context } = this.#options;
    if (!this.#warned.has(path)) context.log.warn(`${context.name}: ${thrown instanceof Error ? thrown.message : path}`);
    if (this.#warned.size < WARNED_MAX) this.#warned.add(path);
  }

  #keepKnown(): void {
    const patterns = this.#options.globs.filter(({ glob }) => glob.isPattern).map(({ path }) => path);
    if (patterns.length === 0) return;
    const logs = [...this.logs.map(({ path }) => path).filter((path) => this.#isByPattern(path)), ...this.#gone.keys()];
    const known: Known = { patterns, logs };
    const text = JSON.stringify(known);
    if (text === this.#known) return;
    this.#known = text;
    this.#options.context.positions.set(this.#options.key, known);
  }
}

export interface LogSetOptions {
  readonly globs: readonly { readonly glob: Glob; readonly path: string }[];
  readonly excluded: readonly Glob[];
  readonly filesMax: number;
  readonly context: SourceContext;
  /** Opens a log, which is begun with those opened beside it; one that was there when the source was new is read from where the settings say, any other from its beginning. */
  readonly open: (path: string, isAtStart: boolean) => LogFollower;
  readonly positionKey: (path: string) => string;
  /** Where it is kept which logs are known. */
  readonly key: string;
}

interface Known {
  readonly patterns: readonly string[];
  readonly logs: readonly string[];
}

function parseKnown(value: unknown): Known | undefined {
  if (typeof value !== "object" || value === null || !("patterns" in value) || !("logs" in value)) return undefined;
  const { patterns, logs } = value;
  return isTexts(patterns) && isTexts(logs) ? { patterns, logs } : undefined;
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, at) => text === right[at]);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/**
 * Those that are not compressed, and not named as a rotated one of another log beside them. With a number at its end (`access.log.1`) a
 * name is a rotated one of any log that would fit, also when that one is just not there; a date within a name (`mail-20261120.log`) may
 * be its own.
 */
function ownLogs(paths: readonly string[], known: readonly string[], fits: (path: string) => boolean): string[] {
  const there = new Set([...paths, ...known]);
  return paths.filter((path) => {
    const isRotated = logNames(basename(path)).some((name) => {
      const log = join(dirname(path), name);
      return there.has(log) || (path.startsWith(log) && fits(log));
    });
    return !isRotated && !COMPRESSED.test(path);
  });
}

const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4|Z|zip)$/;
const FOUND_MAX = 100_000;
const WARNED_MAX = 10_000;
const GONE_MS_MAX = 600_000;
