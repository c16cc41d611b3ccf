import { EventWriter, type FieldSink } from "../event/index.ts";

/** Takes events for another writer, each of which is moved in time. */
export class ShiftedEvents extends EventWriter {
  readonly #into: EventWriter;
  readonly #byMs: number;

  constructor(into: EventWriter, byMs: number) {
    super();
    this.#into = into;
    this.#byMs = byMs;
  }

  override get version(): number {
    return this.#into.version;
  }

  override get keepsAll(): boolean {
    return this.#into.keepsAll;
  }

  override lack(keys: readonly string[]): void {
    this.#into.lack(keys);
  }

  override lend(bytes: Buffer | undefined): void {
    this.#into.lend(bytes);
  }

  override begin(timeMs: number): void {
    this.#into.begin(timeMs + this.#byMs);
  }

  override sink(key: string): FieldSink {
    return this.#into.sink(key);
  }

  override sinkOfBytes(bytes: Buffer, start: number, end: number): FieldSink {
    return this.#into.sinkOfBytes(bytes, start, end);
  }

  override refuseKey(): void {
    this.#into.refuseKey();
  }

  override end(): boolean {
    return this.#into.end();
  }

  override flush(): void {
    this.#into.flush();
  }
}
