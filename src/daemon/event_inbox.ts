import type { Catalog } from "../catalog/index.ts";
import type { EventsTaken } from "../formats/index.ts";
import { JsonEvents, MsgpackEvents } from "../formats/index.ts";
import { assert, type Clock, type Counter, type Counters, HotakaError, type Log, messageOf, MsgpackReader } from "../kit/index.ts";
import type { Inbox, InboxLog } from "../journal/index.ts";
import type { EventsForm, EventsService } from "../server/index.ts";

export interface EventInboxOptions {
  readonly catalog: Catalog;
  readonly inboxLog: InboxLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
}

/**
 * Where events go that are sent to the RPC and the API. What came is kept as it came, in the write-ahead log, before any of it is taken,
 * so that a sender who was answered loses nothing in a crash; it is read when it is taken, with the fields that are wanted then.
 *
 * A record is one byte for the form, two for the length of the target's name, the name, and the bytes that were sent.
 */
export class EventInbox implements EventsService {
  readonly #options: EventInboxOptions;
  readonly #inbox: Inbox;
  readonly #msgpack = new MsgpackEvents();
  readonly #json = new JsonEvents();
  /** What became of the records that somebody waits for. */
  readonly #taken = new WeakMap<Buffer, EventsTaken>();
  readonly #events: Counter;
  readonly #refused: Counter;
  readonly #keysRefused: Counter;

  constructor(options: EventInboxOptions) {
    this.#options = options;
    const { counters, inboxLog } = options;
    this.#events = counters.counter("sent_events", "Events taken from the RPC and the API.");
    this.#refused = counters.counter("sent_events_refused", "Items sent to the RPC and the API that are no events.");
    this.#keysRefused = counters.counter(
      "sent_keys_refused",
      "Keys of events sent as MessagePack that are no text, left out with their values.",
    );
    this.#inbox = inboxLog.inbox("server", (record, arrivedMs) => this.#take(record, arrivedMs));
  }

  async send(target: string, form: EventsForm, bytes: Buffer): Promise<EventsTaken> {
    this.#check(target, form, bytes);
    const record = recordOf(target, form, bytes);
    await this.#inbox.append(record, this.#options.clock.nowMs());
    return this.#taken.get(record) ?? { taken: 0, refused: 0 };
  }

  /** What is refused is refused before it is kept. */
  #check(target: string, form: EventsForm, bytes: Buffer): void {
    if (form === "msgpack") {
      const reader = new MsgpackReader(bytes);
      const isEmpty = reader.arrayLength() === 0;
      // What a target is like is said by its first event.
      if (!isEmpty && !reader.isMapNext && this.#isLazy(target))
        throw new HotakaError("HOTAKA_EVENTS_REFUSED", "Input data must be JSON object");
    }
    if (form === "json") this.#json.check(bytes);
    this.#options.catalog.openIntake(target);
  }

  #isLazy(target: string): boolean {
    return !this.#options.catalog.targets().some(({ name, lazy }) => name === target && !lazy);
  }

  #take(record: Buffer, arrivedMs: number): void {
    const { target, form, bytes } = partsOf(record);
    const { catalog, log } = this.#options;
    try {
      const { columns } = catalog.openIntake(target);
      const keysBefore = this.#msgpack.keysRefused;
      const counts = this.#read(form, bytes, columns, arrivedMs);
      this.#events.add(counts.taken);
      this.#refused.add(counts.refused);
      this.#keysRefused.add(this.#msgpack.keysRefused - keysBefore);
      this.#taken.set(record, counts);
    } catch (thrown) {
      if (!(thrown instanceof HotakaError)) throw thrown;
      // Whoever sent it has been told; after a restart, a target may be gone or there may be too many.
      this.#refused.add();
      log.warn(`server: what was sent to "${target}" was not taken: ${messageOf(thrown)}`);
    }
  }

  #read(form: EventsForm, bytes: Buffer, columns: Parameters<JsonEvents["takeLines"]>[1], arrivedMs: number): EventsTaken {
    columns.lend(bytes);
    try {
      if (form === "msgpack") return this.#msgpack.takeArray(bytes, columns, arrivedMs);
      return form === "ndjson" ? this.#json.takeLines(bytes, columns, arrivedMs) : this.#json.takeDocument(bytes, columns, arrivedMs);
    } finally {
      columns.lend(undefined);
    }
  }
}

function recordOf(target: string, form: EventsForm, bytes: Buffer): Buffer {
  const name = Buffer.from(target);
  const record = Buffer.allocUnsafe(HEAD_BYTES + name.length + bytes.length);
  record.writeUInt8(FORMS.indexOf(form), 0);
  record.writeUInt16BE(name.length, 1);
  name.copy(record, HEAD_BYTES);
  bytes.copy(record, HEAD_BYTES + name.length);
  return record;
}

function partsOf(record: Buffer): { readonly target: string; readonly form: EventsForm; readonly bytes: Buffer } {
  const form = FORMS[record.readUInt8(0)];
  assert(form !== undefined, "a record of the inbox is of a form that is not known");
  const end = HEAD_BYTES + record.readUInt16BE(1);
  return { form, target: record.toString("utf8", HEAD_BYTES, end), bytes: record.subarray(end) };
}

const FORMS: readonly EventsForm[] = ["msgpack", "json", "ndjson"];
const HEAD_BYTES = 3;
