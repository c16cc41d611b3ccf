import { readAwsIpRanges } from "../protection/index.ts";
import type { Settings } from "./settings.ts";

/**
 * Reads the lists of addresses that settings name, as the daemon will at its start. Throws HOTAKA_CONFIG_INVALID for one that is not there, is none,
 * or has nothing of the service and region that are asked for.
 */
export async function checkNamedFiles({ neverBlock }: Pick<Settings, "neverBlock">): Promise<void> {
  for (const ranges of neverBlock.awsIpRanges) await readAwsIpRanges(ranges);
}
