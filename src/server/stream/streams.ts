import type { Counter, Counters, Clock, Timer } from "../../kit/index.ts";
import type { NumberedRow, RowFilter, RowLog } from "./row_log.ts";

/** One who listens, whatever carries it to them. */
export interface StreamPeer {
  row(row: NumberedRow): void;
  /** Rows after `after` are lost: what comes next is not what came next. */
  gap(after: number, number: number): void;
  /** Says that it is still there. */
  beat(): void;
  /** Bytes that it has been given and that have not left. */
  readonly waitingBytes: number;
  end(reason: string): void;
}

export interface StreamsOptions {
  readonly log: RowLog;
  readonly clock: Clock;
  readonly counters: Counters;
}

/** All who listen to rows. There are only so many, and who does not keep up is let go: they resume where they were. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #open = new Set<() => void>();
  readonly #slow: Counter;

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.#slow = options.counters.counter("stream_peers_slow", "Connections to streams that were ended because they did not keep up.");
  }

  get size(): number {
    return this.#open.size;
  }

  get isFull(): boolean {
    return this.#open.size >= STREAMS_MAX;
  }

  /** Serves a peer until it leaves, of which `leave` is to be told by calling what is returned. */
  serve(peer: StreamPeer, filter: RowFilter, after: number | undefined): () => void {
    const { log, clock } = this.#options;
    let timer: Timer | undefined;
    let isOver = false;
    let leave = (): void => {};
    const end = (reason: string): void => {
      if (isOver) return;
      leave();
      peer.end(reason);
    };
    const shutDown = (): void => end("the daemon is stopping");
    const held: NumberedRow[] = [];
    let isStarting = true;
    const take = (row: NumberedRow): void => {
      if (isStarting) return void held.push(row);
      if (isOver) return;
      peer.row(row);
      if (peer.waitingBytes <= WAITING_BYTES_MAX) return;
      this.#slow.add();
      end(`more than ${WAITING_BYTES_MAX} bytes waited for it to read`);
    };
    const { hasGap, stop } = log.follow(filter, after, take);
    leave = () => {
      isOver = true;
      stop();
      timer?.cancel();
      this.#open.delete(shutDown);
    };
    this.#open.add(shutDown);
    // What is lost is told of before what is left.
    if (hasGap && after !== undefined) peer.gap(after, held[0]?.number ?? log.number);
    isStarting = false;
    for (const row of held) take(row);
    const beat = (): void => {
      if (isOver) return;
      peer.beat();
      timer = clock.after(BEAT_MS, beat);
    };
    timer = clock.after(BEAT_MS, beat);
    return leave;
  }

  /** Counts one who is served otherwise; `end` is called when the daemon stops. To be called when they leave: what is returned. */
  admit(end: () => void): () => void {
    this.#open.add(end);
    return () => void this.#open.delete(end);
  }

  /** Lets everybody go. */
  close(): void {
    for (const shutDown of this.#open) shutDown();
  }
}

const STREAMS_MAX = 256;
const WAITING_BYTES_MAX = 4 * 1024 * 1024;
/** Proxies let go of a connection that is silent for a minute or less. */
const BEAT_MS = 15_000;
