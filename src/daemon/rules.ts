import { networkInterfaces } from "node:os";
import { parseNeverBlock, Protection, type Rules } from "../blocks/index.ts";
import { parseCidr } from "../kit/index.ts";
import type { Settings } from "../settings/index.ts";

/** What may be blocked by these settings, on this machine, now. */
export function rulesOf({ policy, neverBlock }: Settings): Rules {
  return { policy, protection: new Protection(parseNeverBlock([...neverBlock, ...operatorAddresses()]), ownAddresses()) };
}

/** The addresses of this machine, as they are now. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}

/** Where the person sits who started the daemon over SSH: to lock out oneself is the worst block of all. @see ssh(1), SSH_CONNECTION */
function operatorAddresses(): string[] {
  const address = process.env["SSH_CONNECTION"]?.split(" ")[0] ?? "";
  return parseCidr(address) === undefined ? [] : [address];
}
