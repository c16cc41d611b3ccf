import { type Counter, type Counters, HotakaError, type Log, messageOf } from "../kit/index.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint_format.ts";
import { type JournalFolder, openJournalFolder } from "./folder.ts";
import { KeptContent } from "./kept_content.ts";
import { JournalPositions } from "./positions.ts";

/** Positions and states in one file, so that after a crash both stand at the same event. */
export interface Journal {
  /** How far each source has read. Durable with the next checkpoint. */
  readonly positions: JournalPositions;
  /** The states of the checkpoint that was found, by name; empty once one has been written, when they have served. */
  states(): ReadonlyMap<string, Uint8Array>;
  /**
   * Writes a checkpoint. `collect` gives the states; it is called once, and in the same turn the positions are copied, so both are of one
   * instant. The bytes it gives must not change until the promise has settled. One checkpoint is written after the other; none is while all
   * that are kept hold the same as it would.
   *
   * Rejects with HOTAKA_JOURNAL_WRITE when it could not be written: the one before still stands, and the next call tries again.
   */
  checkpoint(collect: () => ReadonlyMap<string, Uint8Array>): Promise<void>;
}

/** Takes up the newest checkpoint in `dir` that is whole, and says in `log` if that is not the last one. Throws HOTAKA_DATA_DIR. */
export async function openJournal({ dir, log, counters, openFolder = openJournalFolder }: JournalOptions): Promise<Journal> {
  try {
    const folder = await openFolder(dir);
    const { found, lastEpoch } = await load(folder, dir, log, counters);
    return new FileJournal({ dir, log, counters, folder, found, lastEpoch });
  } catch (thrown) {
    const sentence = `${dir} cannot be used for the journal: ${messageOf(thrown)}. Make it a folder that this user may write.`;
    throw new HotakaError("HOTAKA_DATA_DIR", sentence, { details: { dir }, cause: thrown });
  }
}

export interface JournalOptions {
  /** The folder of the journal; nothing else stands in it. */
  readonly dir: string;
  readonly log: Log;
  readonly counters: Counters;
  readonly openFolder?: (dir: string) => Promise<JournalFolder>;
}

class FileJournal implements Journal {
  readonly positions: JournalPositions;
  readonly #dir: string;
  readonly #log: Log;
  readonly #folder: JournalFolder;
  readonly #written: Counter;
  readonly #failed: Counter;
  #found: ReadonlyMap<string, Uint8Array>;
  #lastEpoch: number;
  #isLastFailed = false;
  readonly #kept = new KeptContent();
  #writing: Promise<void> = Promise.resolve();

  constructor({ dir, log, counters, folder, found, lastEpoch }: FileJournalOptions) {
    this.positions = new JournalPositions(found?.positions);
    this.#dir = dir;
    this.#log = log;
    this.#folder = folder;
    this.#found = found?.states ?? new Map();
    this.#lastEpoch = lastEpoch;
    this.#written = counters.counter("journal_checkpoints_written", "Checkpoints written.");
    this.#failed = counters.counter("journal_checkpoints_failed", "Checkpoints that could not be written; the one before still stands.");
  }

  states(): ReadonlyMap<string, Uint8Array> {
    return this.#found;
  }

  checkpoint(collect: () => ReadonlyMap<string, Uint8Array>): Promise<void> {
    const next = this.#writing.then(() => this.#write(collect));
    this.#writing = next.catch(() => {});
    return next;
  }

  async #write(collect: () => ReadonlyMap<string, Uint8Array>): Promise<void> {
    const { version: positionsVersion } = this.positions;
    const [positions, states] = [this.positions.copy(), collect()];
    // Not only the newest: whoever is told that a checkpoint was written forgets what those before it needed.
    if ((await this.#kept.timesOf({ positionsVersion, states })) >= EPOCHS_KEPT) return;
    // An epoch is never used twice: what a failed try left behind must not be taken for the checkpoint that came after it.
    const checkpoint = { epoch: ++this.#lastEpoch, positions, states };
    try {
      await this.#folder.write(UNFINISHED, encodeCheckpoint(checkpoint));
      await this.#folder.rename(UNFINISHED, nameOf(checkpoint.epoch));
      await this.#folder.sync();
    } catch (thrown) {
      throw this.#failure(thrown);
    }
    this.#written.add();
    this.#kept.written();
    this.positions.settle(positions);
    this.#found = new Map();
    if (this.#isLastFailed) this.#log.info(`The journal in ${this.#dir} is written again.`);
    this.#isLastFailed = false;
    await this.#removeOlder();
  }

  #failure(thrown: unknown): HotakaError {
    this.#failed.add();
    this.#kept.failed();
    this.#isLastFailed = true;
    const sentence = `${this.#dir}: the checkpoint could not be written: ${messageOf(thrown)}.`;
    const advice = "The one before still stands, so nothing is lost; it is tried again. Make room on the disk if it is full.";
    return new HotakaError("HOTAKA_JOURNAL_WRITE", `${sentence} ${advice}`, { details: { dir: this.#dir }, cause: thrown });
  }

  async #removeOlder(): Promise<void> {
    try {
      const epochs = epochsOf(await this.#folder.list());
      for (const epoch of epochs.slice(EPOCHS_KEPT)) await this.#folder.remove(nameOf(epoch));
    } catch (thrown) {
      // What is left over takes room and does no harm; the next checkpoint removes it.
      this.#log.warn(`The journal in ${this.#dir} keeps an old checkpoint that could not be removed: ${messageOf(thrown)}.`);
    }
  }
}

interface FileJournalOptions {
  readonly dir: string;
  readonly log: Log;
  readonly counters: Counters;
  readonly folder: JournalFolder;
  readonly found: Checkpoint | undefined;
  readonly lastEpoch: number;
}

interface Loaded {
  readonly found: Checkpoint | undefined;
  /** The highest epoch that any file had, good or bad. */
  readonly lastEpoch: number;
}

async function load(folder: JournalFolder, dir: string, log: Log, counters: Counters): Promise<Loaded> {
  const damaged = counters.counter("journal_checkpoints_damaged", "Checkpoints that were found damaged at start.");
  const epochs = epochsOf(await folder.list());
  const lastEpoch = epochs[0] ?? 0;
  for (const epoch of epochs) {
    const checkpoint = await readCheckpoint(folder, epoch);
    if (typeof checkpoint !== "string") {
      if (epoch !== lastEpoch) log.warn(`The checkpoint before it (epoch ${epoch}) is used instead; logs are read again from there.`);
      return { found: checkpoint, lastEpoch };
    }
    damaged.add();
    log.error(`HOTAKA_JOURNAL_CORRUPT: ${dir}/${nameOf(epoch)} cannot be used: ${checkpoint}. It is kept as ${damagedNameOf(epoch)}.`);
    // Out of the way of those that are counted and removed: a damaged one must not push a good one out.
    await folder.rename(nameOf(epoch), damagedNameOf(epoch));
  }
  if (epochs.length > 0) log.error(`No checkpoint in ${dir} can be used: Hotaka starts afresh, without its positions and windows.`);
  return { found: undefined, lastEpoch };
}

async function readCheckpoint(folder: JournalFolder, epoch: number): Promise<Checkpoint | string> {
  const checkpoint = decodeCheckpoint(await folder.read(nameOf(epoch)));
  if (typeof checkpoint === "string" || checkpoint.epoch === epoch) return checkpoint;
  return `it holds epoch ${checkpoint.epoch}`;
}

/** The epochs that have a file, the newest first. */
function epochsOf(names: readonly string[]): number[] {
  return names
    .flatMap((name) => {
      const digits = /^epoch-(\d{15})\.checkpoint$/.exec(name)?.[1];
      return digits === undefined ? [] : [Number(digits)];
    })
    .toSorted((left, right) => right - left);
}

function nameOf(epoch: number): string {
  return `epoch-${String(epoch).padStart(15, "0")}.checkpoint`;
}

function damagedNameOf(epoch: number): string {
  return `${nameOf(epoch)}.damaged`;
}

/** Written under this name and then renamed, so that a file with the name of an epoch has been on the disk as a whole. */
const UNFINISHED = "next.checkpoint";
/** The last one, and the one before it in case the disk lies. */
const EPOCHS_KEPT = 2;
