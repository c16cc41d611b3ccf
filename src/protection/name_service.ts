import { lookup, Resolver } from "node:dns/promises";
import { errnoOf } from "../kit/index.ts";

/** The DNS, as far as protection asks it. */
export interface NameService {
  /** The addresses of a host name and how long they hold (milliseconds). Rejects when there are none or nobody answers. */
  resolve(name: string): Promise<Answer>;
  /** The names of an address, in whatever order; empty when it has none. Rejects when nobody answers. */
  reverse(address: string): Promise<readonly string[]>;
}

interface Answer {
  readonly addresses: readonly string[];
  readonly ttlMs: number;
}

/**
 * Asks the servers that the machine is set up with, or these (`127.0.0.1:53`), and the hosts file for names they do not know. An answer is
 * awaited for two seconds, twice.
 */
export function nameService(servers?: readonly string[]): NameService {
  const open = (): Resolver => {
    const resolver = new Resolver({ timeout: 2000, tries: 2 });
    if (servers !== undefined) resolver.setServers(servers);
    return resolver;
  };
  return { resolve: async (name) => resolve(open(), name), reverse: async (address) => reverse(open(), address) };
}

async function resolve(resolver: Resolver, name: string): Promise<Answer> {
  const [four, six] = await Promise.allSettled([resolver.resolve4(name, { ttl: true }), resolver.resolve6(name, { ttl: true })]);
  const records = [four, six].flatMap((found) => (found.status === "fulfilled" ? found.value : []));
  if (records.length > 0) {
    return { addresses: records.map(({ address }) => address), ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1000 };
  }
  try {
    return { addresses: (await lookup(name, { all: true })).map(({ address }) => address), ttlMs: 0 };
  } catch (thrown) {
    throw four.status === "rejected" ? four.reason : thrown;
  }
}

async function reverse(resolver: Resolver, address: string): Promise<readonly string[]> {
  try {
    return await resolver.reverse(address);
  } catch (thrown) {
    if (NO_NAME.has(errnoOf(thrown) ?? "")) return [];
    throw thrown;
  }
}

const NO_NAME: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA"]);
