import { networkInterfaces } from "node:os";
import type { Protects, Rules } from "../blocks/index.ts";
import type { Settings } from "../settings/index.ts";

/** What may be blocked by these settings. */
export function rulesOf({ policy }: Settings, protection: Protects): Rules {
  return { policy, protection };
}

/** The addresses of this machine, as they are now. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}

/** Where the person sits who started the daemon over SSH; empty when nobody did. @see ssh(1), SSH_CONNECTION */
export function starterAddress(): string {
  return process.env["SSH_CONNECTION"]?.split(" ")[0] ?? "";
}
