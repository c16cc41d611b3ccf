import { appendFileSync, copyFileSync, mkdtempSync, renameSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventFeed } from "../../src/sources/event_feed.ts";
import { openFormat } from "../../src/sources/format_setting.ts";
import { LineReader } from "../../src/sources/line_reader.ts";
import { LogFollower } from "../../src/sources/tail/log_follower.ts";
import { RotatedNames } from "../../src/sources/tail/rotated.ts";
import { FakeSourceContext, JsonPositions } from "./source_fakes.ts";

export const ROTATED_WAIT_MS = 5000;
/** Long enough that a few of them tell one file from another. */
const TEXT = "x".repeat(80);

/** A daemon that follows one log, ends, and starts again with what it had kept. */
export class Following {
  readonly folder = mkdtempSync(join(tmpdir(), "hotaka-follower-"));
  readonly path = join(this.folder, "access.log");
  readonly said: string[] = [];
  readonly #positions = new JsonPositions();
  readonly #seen: number[] = [];
  #written = 0;
  #nowMs = 0;
  #context: FakeSourceContext | undefined;
  follower: LogFollower | undefined;

  start(from: "start" | "end" = "start"): void {
    const context = new FakeSourceContext({ folder: this.folder, positions: this.#positions, nowMs: this.#nowMs });
    const format = openFormat({ name: "none", config: {} });
    this.#context = context;
    this.follower = new LogFollower({
      path: this.path,
      from,
      rotatedWaitMs: ROTATED_WAIT_MS,
      positionKey: "tail",
      context,
      reader: new LineReader({ lineBytesMax: 4096 }),
      feed: new EventFeed({ format, intake: context.intake("log", format.fields) }),
    });
    this.follower.begin(new RotatedNames());
  }

  stop(): void {
    this.follower?.close();
    this.follower = undefined;
    this.#seen.push(...this.#seenNow);
    this.said.push(...(this.#context?.said ?? []));
    this.#context = undefined;
  }

  /** Writes `count` more lines, each of its own, at the end of the log or of another file. */
  write(count: number, path = this.path): void {
    for (let line = 0; line < count; line++) appendFileSync(path, `${++this.#written} ${TEXT}\n`);
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    this.#context?.clock.advanceTo(this.#nowMs);
  }

  look(): void {
    this.follower?.look(this.#nowMs);
  }

  /** Looks and reads all that is there. */
  read(): void {
    this.look();
    while (this.follower?.read(this.#nowMs) === true);
  }

  /** Reads until nothing more is waited for. */
  readOut(): void {
    for (let time = 0; time < 40; time++) {
      this.read();
      this.pass(ROTATED_WAIT_MS);
    }
  }

  rename(to = "access.log.1"): void {
    renameSync(this.path, join(this.folder, to));
  }

  copyAndTruncate(to = "access.log.1"): void {
    copyFileSync(this.path, join(this.folder, to));
    truncateSync(this.path);
  }

  /** The lines read so far, by their numbers. */
  get seen(): number[] {
    return [...this.#seen, ...this.#seenNow];
  }

  get #seenNow(): number[] {
    return (this.#context?.events("log") ?? []).map(({ message }) => Number.parseInt(JSON.stringify(message).slice(1), 10));
  }

  get written(): number[] {
    return Array.from({ length: this.#written }, (_, at) => at + 1);
  }

  get status(): unknown {
    return this.follower?.status();
  }
}
