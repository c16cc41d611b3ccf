import type { NameService } from "../../src/protection/index.ts";

/** A DNS in memory. A name or address that it does not know is refused as a server does. */
export class FakeNames implements NameService {
  readonly addresses = new Map<string, readonly string[]>();
  readonly names = new Map<string, readonly string[]>();
  ttlMs = 60_000;
  isDown = false;
  asked: string[] = [];

  async resolve(name: string): Promise<{ addresses: readonly string[]; ttlMs: number }> {
    this.asked.push(name);
    const addresses = this.isDown ? undefined : this.addresses.get(name);
    if (addresses === undefined) throw new Error(this.isDown ? "queryA ETIMEOUT" : `queryA ENOTFOUND ${name}`);
    return { addresses, ttlMs: this.ttlMs };
  }

  async reverse(address: string): Promise<readonly string[]> {
    this.asked.push(address);
    if (this.isDown) throw new Error("getHostByAddr ETIMEOUT");
    return this.names.get(address) ?? [];
  }
}
