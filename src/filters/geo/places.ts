import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { EventValue, FilterContext } from "../../component/index.ts";
import type { FieldType, Value } from "../../event/index.ts";
import { type Counter, formatSize, HotakaError, messageOf, parseAddress } from "../../kit/index.ts";
import type { Step } from "./mmdb_data.ts";
import { MmdbFile } from "./mmdb_file.ts";

export interface PlacesOptions {
  /** Files; what the first does not know is asked of the next. */
  readonly databases: readonly string[];
  /** What is looked up of each address, in this order. */
  readonly fields: readonly { readonly type: FieldType; readonly steps: readonly Step[] }[];
  readonly addressesMax: number;
  readonly bytesMax: number;
  readonly reloadEveryMs: number;
}

/**
 * What databases know of addresses. Each address is looked up once as long as it is remembered, and files that are replaced are taken anew: where a
 * new one is broken, the old one goes on.
 */
export class Places {
  readonly #options: PlacesOptions;
  readonly #context: FilterContext;
  readonly #databases: readonly Database[];
  readonly #failed: Counter;
  /** Two generations: when the young one is full the old one is forgotten. */
  #young = new Map<string, readonly Value[]>();
  #old = new Map<string, readonly Value[]>();
  #lastText = "";
  #lastValues: readonly Value[] | undefined;

  private constructor(options: PlacesOptions, context: FilterContext) {
    this.#options = options;
    this.#context = context;
    this.#databases = options.databases.map((path) => new Database(resolve(context.folder, path), path, options.bytesMax));
    const help = "Databases that were replaced by one that cannot be used; the one before stays in force.";
    this.#failed = context.counters.counter("geo_databases_refused", help, { filter: context.name });
  }

  /** Reads all files. Throws HOTAKA_GEO_DATABASE. */
  static async open(options: PlacesOptions, context: FilterContext): Promise<Places> {
    const places = new Places(options, context);
    for (const database of places.#databases) await database.load(context.name);
    context.steps.every(
      `${context.name}: databases`,
      options.reloadEveryMs,
      async () => places.reload(),
      (thrown) => context.log.error(`${context.name}: ${messageOf(thrown)}`),
    );
    return places;
  }

  /** The databases in force. */
  get files(): MmdbFile[] {
    return this.#databases.flatMap(({ file }) => file ?? []);
  }

  /** The value of a field, by its number, for the address that a value of an event is; null where nothing is known of it, or it is none. */
  valueOf(field: number, address: EventValue): Value {
    if (typeof address !== "string") return null;
    // All fields of an event are asked for one after the other.
    if (address !== this.#lastText || this.#lastValues === undefined) {
      this.#lastValues = this.#valuesOf(address);
      this.#lastText = address;
    }
    return this.#lastValues[field] ?? null;
  }

  /** Takes files anew that are others by now. */
  async reload(): Promise<void> {
    const { log, name } = this.#context;
    for (const database of this.#databases) {
      try {
        if (!(await database.reload(name))) continue;
        this.#young = new Map();
        this.#old = new Map();
        this.#lastValues = undefined;
        log.info(`${name}: ${database.shown} was replaced; ${database.sentence} is used from now on.`);
      } catch (thrown) {
        this.#failed.add();
        log.error(`${messageOf(thrown)} What was read before stays in force.`);
      }
    }
  }

  #valuesOf(text: string): readonly Value[] {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const values = this.#old.get(text) ?? this.#lookUp(text);
    if (this.#young.size >= this.#options.addressesMax / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    // A text that is no address may be long, and is soon seen to be none.
    if (text.length <= ADDRESS_CHARS_MAX) this.#young.set(text, values);
    return values;
  }

  #lookUp(text: string): readonly Value[] {
    const { fields } = this.#options;
    const address = text.length > ADDRESS_CHARS_MAX ? undefined : parseAddress(text);
    if (address === undefined) return NOTHING;
    const values: Value[] = fields.map(() => null);
    for (const { file } of this.#databases) {
      const record = file?.recordOf(address);
      if (file === undefined || record === undefined) continue;
      for (const [index, { steps, type }] of fields.entries()) values[index] ??= fitting(file.find(record, steps), type);
    }
    return values;
  }
}

/** A file, as it was read last. */
class Database {
  readonly shown: string;
  file: MmdbFile | undefined;
  readonly #path: string;
  readonly #bytesMax: number;
  /** What the file was when it was read: another one has others. */
  #seen = "";

  constructor(path: string, shown: string, bytesMax: number) {
    this.#path = path;
    this.shown = shown;
    this.#bytesMax = bytesMax;
  }

  /** `GeoLite2-City of 2025-11-18` */
  get sentence(): string {
    const { type = "", builtMs = 0 } = this.file ?? {};
    return `${type} of ${new Date(builtMs).toISOString().slice(0, 10)}`;
  }

  /** Throws HOTAKA_GEO_DATABASE, and then what was read before stands. */
  async load(name: string): Promise<void> {
    try {
      const { size, mtimeMs, ino } = await stat(this.#path);
      this.#seen = `${ino} ${size} ${mtimeMs}`;
      if (size > this.#bytesMax) throw new Error(`it is larger than ${formatSize(this.#bytesMax)} (database_bytes_max)`);
      this.file = await MmdbFile.open(await readFile(this.#path));
    } catch (thrown) {
      const sentence = `${name}: the database ${this.shown} cannot be used: ${messageOf(thrown)}. Name a file of the MaxMind DB format, such as GeoLite2-City.mmdb.`;
      throw new HotakaError("HOTAKA_GEO_DATABASE", sentence, { details: { path: this.#path }, cause: thrown });
    }
  }

  /** True when there was another one, which is in force now. One that is being replaced may be missing for a moment. */
  async reload(name: string): Promise<boolean> {
    const now = await stat(this.#path).catch(() => undefined);
    if (now === undefined || `${now.ino} ${now.size} ${now.mtimeMs}` === this.#seen) return false;
    await this.load(name);
    return true;
  }
}

/** A value of the type that the field has; null where the database has another one. */
function fitting(value: unknown, type: FieldType): Value {
  if (type === "string") return typeof value === "string" ? value : null;
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  return type === "integer" && !Number.isInteger(value) ? null : value;
}

const NOTHING: readonly Value[] = [];
/** An IPv6 address with an IPv4 one at its end has 45. */
const ADDRESS_CHARS_MAX = 64;
