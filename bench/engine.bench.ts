// How many events does one query take in a second, from objects with fresh strings, from bytes, and from columns that are there already?

import { type Batch, batchOf, Dictionary, type DictionaryColumn, Schema, type Value } from "../src/event/index.ts";
import { openStatement } from "../src/sql/index.ts";
import { Random } from "../scripts/access_log.ts";
import { type Bench, type Figure, median } from "./figure.ts";

export const engine: Bench = {
  name: "engine",
  async run(note) {
    note(
      `batches of ${BATCH_ROWS}, windows of ${WINDOW_EVENTS} events, ${MEASURED_MS} ms of engine time a round; medians of ${ROUNDS} rounds`,
    );
    const figures: Figure[] = [];
    for (const hosts of [1000, 100_000]) {
      for (const feed of FEEDS) {
        const rates = Array.from({ length: ROUNDS }, () => rateOf(feed, hosts));
        const { peer, rate } = PEERS[hosts === 1000 ? "few" : "many"];
        figures.push({
          name: `engine/${feed.name}_${hosts / 1000}k_hosts`,
          value: median(rates),
          unit: "events/s",
          peer,
          ratio: median(rates) / rate,
        });
      }
    }
    return figures;
  },
};

/** How events come to the engine. `make` is not measured, `batch` is. */
interface Feed {
  readonly name: string;
  open(schema: Schema): {
    /** `hosts[row]` is the number of the host of a row; the bytes of its name are those of `names` from `ends[host]` to `ends[host + 1]`. */
    readonly make: (names: Buffer, ends: Int32Array, hosts: readonly number[]) => void;
    readonly batch: (times: Float64Array) => Batch;
  };
}

/** As a client sends them: an object an event, with strings that nobody has seen before, as a parser makes them. */
const objects: Feed = {
  name: "objects",
  open(schema) {
    let records: Readonly<Record<string, Value>>[] = [];
    return {
      make: (names, ends, hosts) =>
        void (records = hosts.map((host) => ({ host: names.toString("latin1", ends[host], ends[host + 1]), size: host % 4096 }))),
      batch: (times) => batchOf(schema, records, times),
    };
  },
};

/** As a scanner meets them: bytes, which it turns into codes. */
const bytes: Feed = {
  name: "bytes",
  open(schema) {
    const columns = new Columns(schema);
    let from: { names: Buffer; ends: Int32Array; hosts: readonly number[] } | undefined;
    return {
      make: (names, ends, hosts) => void (from = { names, ends, hosts }),
      batch: (times) => {
        if (from !== undefined) columns.fill(from.names, from.ends, from.hosts);
        return columns.batch(times);
      },
    };
  },
};

/** The statement alone. */
const columns: Feed = {
  name: "columns",
  open(schema) {
    const filled = new Columns(schema);
    return { make: (names, ends, hosts) => filled.fill(names, ends, hosts), batch: (times) => filled.batch(times) };
  },
};

const FEEDS: readonly Feed[] = [objects, bytes, columns];

class Columns {
  readonly #schema: Schema;
  readonly #host: DictionaryColumn = { kind: "dictionary", codes: new Int32Array(4096), dictionary: new Dictionary() };
  readonly #sizes = new Float64Array(4096);

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  fill(names: Buffer, ends: Int32Array, hosts: readonly number[]): void {
    const { codes, dictionary } = this.#host;
    for (const [row, host] of hosts.entries()) {
      codes[row] = dictionary.codeOfBytes(names, ends[host]!, ends[host + 1]!);
      this.#sizes[row] = host % 4096;
    }
  }

  batch(times: Float64Array): Batch {
    return {
      schema: this.#schema,
      size: times.length,
      times,
      columns: [this.#host, { kind: "integer", values: this.#sizes, wide: undefined }],
    };
  }
}

/** Events per second of engine time: the strings and the input are made before the clock runs. */
function rateOf(feed: Feed, hosts: number): number {
  const schema = new Schema("access", { host: "string", size: "integer" });
  let rows = 0;
  const statement = openStatement({
    name: "bench",
    text: "SELECT host, count(*) AS n, sum(size) AS total, max(size) AS largest FROM access.win:time_batch(1 min) GROUP BY host HAVING count(*) >= 100000000",
    schemas: new Map([["access", schema]]),
    startMs: 0,
    sink: (delivery) => void (rows += delivery.rows.length),
  });
  const { make, batch } = feed.open(schema);
  const { names, ends } = hostNames(hosts);
  const random = new Random(7);
  const times = new Float64Array(BATCH_ROWS);
  const warmEvents = Math.max(3 * hosts, WARM_EVENTS_MIN);
  let engineMs = 0;
  let measured = 0;
  for (let event = 0; engineMs < MEASURED_MS; event += BATCH_ROWS) {
    make(
      names,
      ends,
      Array.from(times, () => random.below(hosts)),
    );
    for (let row = 0; row < BATCH_ROWS; row++) times[row] = Math.floor(((event + row) * 60_000) / WINDOW_EVENTS);
    const startMs = performance.now();
    statement.accept(batch(times));
    // The first events pay for compiling and for meeting every host; what runs for days does not.
    if (event < warmEvents) continue;
    engineMs += performance.now() - startMs;
    measured += BATCH_ROWS;
  }
  statement.close();
  if (rows > 0) throw new Error("The query of the bench gave rows, which it is made not to.");
  return (measured * 1000) / engineMs;
}

function hostNames(count: number): { names: Buffer; ends: Int32Array } {
  const texts = Array.from({ length: count }, (_, host) => `10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`);
  const ends = new Int32Array(count + 1);
  for (const [host, text] of texts.entries()) ends[host + 1] = ends[host]! + text.length;
  return { names: Buffer.from(texts.join(""), "latin1"), ends };
}

/** What is aimed at: what V8 was found able to do with fresh strings and a hand-written loop. */
const PEERS = {
  few: { peer: "aim of 10 M", rate: 10e6 },
  many: { peer: "aim of 2.4 M", rate: 2.4e6 },
} as const;
const BATCH_ROWS = 1024;
const WINDOW_EVENTS = 1024 * 1024;
const WARM_EVENTS_MIN = 200_000;
const MEASURED_MS = 1000;
const ROUNDS = 3;
