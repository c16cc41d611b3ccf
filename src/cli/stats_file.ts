import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { importStats } from "../catalog/index.ts";
import { type Clock, errnoOf, HotakaError, type Log, messageOf } from "../kit/index.ts";
import { withLockedCatalog } from "./kept_catalog.ts";
import { strftime } from "./norikra/strftime.ts";

export interface StatsFileOptions {
  readonly path: string;
  /** A name in which strftime(3) fills in the time, for a copy of each dump. */
  readonly secondary: string | undefined;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The file of `--stats`, in which Norikra keeps targets and queries. Here the data folder keeps them, as they change; the file is a copy
 * that others may write. So it is loaded when it is not as it was left here, and otherwise the data folder, which knows what has changed
 * since, is believed.
 */
export class StatsFile {
  readonly #options: StatsFileOptions;

  constructor(options: StatsFileOptions) {
    this.#options = options;
  }

  /**
   * Opens the targets and registers or edits the queries of the file; what it does not name stays. To be called before the daemon is opened. A file
   * that is not there is one that will be written. Throws HOTAKA_STATS_INVALID, with nothing done, and HOTAKA_STATS_FILE.
   */
  async load(): Promise<void> {
    const { path, dataDir, clock, log } = this.#options;
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (thrown) {
      if (errnoOf(thrown) === "ENOENT") return;
      throw new HotakaError("HOTAKA_STATS_FILE", `${path} could not be read: ${messageOf(thrown)}.`, { cause: thrown });
    }
    if (digestOf(text) === this.#digestLeft()) return;
    const { targets, queries } = await withLockedCatalog(dataDir, clock, (catalog) => importStats(catalog, text, { edits: true }));
    this.#leave(text);
    const registered = queries.running.length + queries.waiting.length;
    log.info(`${path}: ${targets.opened.length} targets opened, ${registered} queries registered, ${queries.edited.length} edited.`);
  }

  /** Writes `text` to the file and its copy. A failure is logged: the data folder has it all. */
  dump(text: string): void {
    const { path, secondary, clock, log } = this.#options;
    try {
      replaceFile(path, text);
      this.#leave(text);
      if (secondary !== undefined) replaceFile(strftime(secondary, clock.nowMs() / 1000), text);
    } catch (thrown) {
      log.error(`the file of --stats could not be written: ${messageOf(thrown)}`);
    }
  }

  /** What the file was when it was last loaded or written. */
  #digestLeft(): string | undefined {
    try {
      return readFileSync(join(this.#options.dataDir, DIGEST_FILE), "utf8").trim();
    } catch {
      // Where nobody knows, it is loaded once more, which changes nothing that is there already.
      return undefined;
    }
  }

  #leave(text: string): void {
    replaceFile(join(this.#options.dataDir, DIGEST_FILE), `${digestOf(text)}\n`);
  }
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Written aside first: half a file would be worse than the old one. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}

/** In the data folder. */
const DIGEST_FILE = "stats.sha256";
