import type { Cidr } from "./address.ts";

/**
 * Values by prefix, with the questions one asks of prefixes: this very one, all that hold an address, the longest that does. One hash
 * table for each length in use, so a look-up costs one probe a length: two or three in practice, at any number of entries.
 */
export class PrefixMap<Value> {
  readonly #tables = { 4: new Map<number, Table<Value>>(), 6: new Map<number, Table<Value>>() };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(cidr: Cidr): Value | undefined {
    return this.#tables[cidr.family].get(cidr.bits)?.get(keyOf(cidr))?.value;
  }

  set(cidr: Cidr, value: Value): void {
    const lengths = this.#tables[cidr.family];
    let table = lengths.get(cidr.bits);
    if (table === undefined) lengths.set(cidr.bits, (table = new Map()));
    const before = table.size;
    table.set(keyOf(cidr), { cidr, value });
    this.#size += table.size - before;
  }

  delete(cidr: Cidr): boolean {
    const lengths = this.#tables[cidr.family];
    const table = lengths.get(cidr.bits);
    if (table === undefined || !table.delete(keyOf(cidr))) return false;
    if (table.size === 0) lengths.delete(cidr.bits);
    this.#size--;
    return true;
  }

  /** The values of every prefix that holds all of `cidr`, the longest first. */
  containing(cidr: Cidr): Value[] {
    const lengths = [...this.#tables[cidr.family].keys()].filter((bits) => bits <= cidr.bits).toSorted((a, b) => b - a);
    return lengths.flatMap((bits) => {
      const entry = this.#tables[cidr.family].get(bits)?.get(keyOf(cidr.widened(bits)));
      return entry === undefined ? [] : [entry.value];
    });
  }

  /** The value of the longest prefix that holds all of `cidr`. */
  longest(cidr: Cidr): Value | undefined {
    return this.containing(cidr)[0];
  }

  /** The values of every prefix inside `cidr`, itself among them. Looks at every entry of that length or longer. */
  within(cidr: Cidr): Value[] {
    if (cidr.isAddress) {
      const value = this.get(cidr);
      return value === undefined ? [] : [value];
    }
    const found: Value[] = [];
    for (const [bits, table] of this.#tables[cidr.family]) {
      if (bits < cidr.bits) continue;
      for (const entry of table.values()) if (cidr.contains(entry.cidr)) found.push(entry.value);
    }
    return found;
  }

  *values(): IterableIterator<Value> {
    for (const lengths of Object.values(this.#tables)) {
      for (const table of lengths.values()) for (const entry of table.values()) yield entry.value;
    }
  }
}

type Table<Value> = Map<number | string, { readonly cidr: Cidr; readonly value: Value }>;

/** IPv4 by number, IPv6 by its eight groups as UTF-16 units: both far cheaper than the text. */
function keyOf(cidr: Cidr): number | string {
  const [first, second, third, fourth] = cidr.words;
  if (second === undefined || third === undefined || fourth === undefined) return first!;
  const low = 0xffff;
  return String.fromCharCode(
    first! >>> 16,
    first! & low,
    second >>> 16,
    second & low,
    third >>> 16,
    third & low,
    fourth >>> 16,
    fourth & low,
  );
}
