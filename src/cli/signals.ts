import { messageOf } from "../kit/index.ts";

/** What of `process` the signals need. */
export interface SignalledProcess {
  on(signal: ObeyedSignal, listener: (signal: ObeyedSignal) => void): unknown;
  off(signal: ObeyedSignal, listener: (signal: ObeyedSignal) => void): unknown;
  /** Ends the process at once. */
  exit(code: number): void;
}

export type ObeyedSignal = "SIGINT" | "SIGTERM" | "SIGQUIT" | "SIGHUP";

export interface SignalledWork {
  /** Finishes the step in hand, begins no new one, writes what must not be lost. Called once. */
  stop(signal: ObeyedSignal): Promise<void>;
  /** Reads the settings again. Never called twice at the same time, nor after `stop`. */
  reload(): Promise<void>;
  /** Told of what could not be done, as a sentence. */
  failed(sentence: string): void;
}

/**
 * Obeys the signals of a daemon, and returns how to leave them alone again.
 *
 * SIGINT, SIGTERM and SIGQUIT are alike: `stop`, then exit status 0, or 1 when it failed. A second one of any of them exits at once with
 * 128 + its number, as a shell reports it: nothing that was acknowledged is lost by it, because that was on the disk before. SIGHUP is
 * `reload`; those that come while it runs are one more reload after it.
 */
export function obeySignals(target: SignalledProcess, work: SignalledWork): () => void {
  const obedience = new Obedience(target, work);
  for (const signal of STOPPING) target.on(signal, obedience.stop);
  target.on("SIGHUP", obedience.reload);
  return () => {
    for (const signal of STOPPING) target.off(signal, obedience.stop);
    target.off("SIGHUP", obedience.reload);
  };
}

class Obedience {
  readonly #target: SignalledProcess;
  readonly #work: SignalledWork;
  #isStopping = false;
  #isReloadWanted = false;
  #reloading: Promise<void> | undefined;

  constructor(target: SignalledProcess, work: SignalledWork) {
    this.#target = target;
    this.#work = work;
  }

  readonly stop = (signal: ObeyedSignal): void => {
    if (this.#isStopping) this.#target.exit(128 + SIGNAL_NUMBERS[signal]);
    else {
      this.#isStopping = true;
      void this.#stopAndExit(signal);
    }
  };

  readonly reload = (): void => {
    this.#isReloadWanted = true;
    if (!this.#isStopping) this.#reloading ??= this.#reloadAll();
  };

  async #stopAndExit(signal: ObeyedSignal): Promise<void> {
    try {
      if (this.#reloading !== undefined) await this.#reloading;
      await this.#work.stop(signal);
      this.#target.exit(0);
    } catch (thrown) {
      this.#work.failed(`stopping failed: ${messageOf(thrown)}`);
      this.#target.exit(1);
    }
  }

  async #reloadAll(): Promise<void> {
    while (this.#isReloadWanted && !this.#isStopping) {
      this.#isReloadWanted = false;
      try {
        await this.#work.reload();
      } catch (thrown) {
        this.#work.failed(messageOf(thrown));
      }
    }
    this.#reloading = undefined;
  }
}

const STOPPING = ["SIGINT", "SIGTERM", "SIGQUIT"] as const;

/** @see signal(7) */
const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 } as const satisfies Record<ObeyedSignal, number>;
