import type { EnforcerDefinition } from "../component/index.ts";
import { awsNetworkAcl } from "./aws_network_acl/aws_network_acl.ts";
import { awsWafIpSet } from "./aws_waf_ip_set/aws_waf_ip_set.ts";
import { command } from "./command/command.ts";
import { denyFile } from "./deny_file/deny_file.ts";
import { httpAuth } from "./http_auth/http_auth.ts";
import { nftables } from "./nftables/nftables.ts";
import { table, type TableContext } from "./table/table.ts";

export { EnforcementSet, type WantedEnforcer } from "./enforcement_set.ts";

/** Everything that some enforcer needs. */
export type EnforcersContext = TableContext;

/** Every enforcement point there is, by name. */
export const enforcers: readonly EnforcerDefinition<unknown, EnforcersContext>[] = [
  awsNetworkAcl,
  awsWafIpSet,
  command,
  denyFile,
  httpAuth,
  nftables,
  table,
];
