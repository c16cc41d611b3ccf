import { type Cidr, PrefixMap } from "../kit/index.ts";

/** Addresses that are protected for the time being, each with why: some hundred, that come and go. */
export class AddressBook {
  readonly #byAddress = new PrefixMap<{ readonly cidr: Cidr; readonly why: string }>();

  get size(): number {
    return this.#byAddress.size;
  }

  /** True when it was not in there. */
  add(cidr: Cidr, why: string): boolean {
    const isNew = this.#byAddress.get(cidr) === undefined;
    this.#byAddress.set(cidr, { cidr, why });
    return isNew;
  }

  delete(cidr: Cidr): void {
    this.#byAddress.delete(cidr);
  }

  /** The address in there that is `cidr`, or lies inside it. */
  find(cidr: Cidr): { readonly cidr: Cidr; readonly why: string } | undefined {
    if (this.#byAddress.size === 0) return undefined;
    return this.#byAddress.within(cidr)[0];
  }
}
