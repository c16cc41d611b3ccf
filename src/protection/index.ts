export { readAwsIpRanges } from "./aws_ip_ranges.ts";
export { nameService, type NameService } from "./name_service.ts";
export type { AwsIpRanges, NeverBlock, TrustedSuffix } from "./never_block.ts";
export { LiveProtection, type LiveProtectionOptions } from "./live_protection.ts";
export { SEARCH_ENGINE_NAMES, suffixesOf } from "./search_engines.ts";
