import type * as Ec2 from "@aws-sdk/client-ec2";
import { HotakaError, messageOf, oneLine } from "../../kit/index.ts";
import { type AwsSettings, awsClientSettings, awsFailure, isAwsError } from "../aws_client.ts";
import { cidrOf, type Entry, EVERY_PROTOCOL } from "./acl.ts";
import { QUOTA_CODE } from "./placement.ts";

/** The calls of AWS that blocks in a network ACL take. Each throws HOTAKA_ENFORCER_FAILED with the code and the words of AWS. */
export interface NetworkAcls {
  /** The inbound entries of each ACL, by its id. */
  describe(ids: readonly string[]): Promise<Map<string, Entry[]>>;
  /** False when the number is taken. Throws a `QuotaFull` when the ACL has as many rules as it may. */
  create(aclId: string, number: number, cidr: string): Promise<boolean>;
  /** False when there is no entry of that number. */
  replace(aclId: string, number: number, cidr: string): Promise<boolean>;
  remove(aclId: string, number: number): Promise<void>;
  /** Rules that an ACL may have in each family and direction. */
  quota(): Promise<number>;
}

/** An ACL has as many rules as it may have. */
export class QuotaFull extends HotakaError {
  constructor(message: string) {
    super("HOTAKA_ENFORCER_FAILED", message);
  }
}

/** Opens the calls. The libraries of AWS are loaded here: some hundred milliseconds that nobody else pays for. */
export async function openNetworkAcls(settings: AwsSettings): Promise<NetworkAcls> {
  const shared = awsClientSettings(settings);
  const ec2 = await import("@aws-sdk/client-ec2");
  return new Ec2NetworkAcls(new ec2.EC2Client(shared), ec2, async () => readQuota(shared));
}

class Ec2NetworkAcls implements NetworkAcls {
  readonly #client: Ec2.EC2Client;
  readonly #ec2: typeof Ec2;
  readonly quota: () => Promise<number>;

  constructor(client: Ec2.EC2Client, ec2: typeof Ec2, quota: () => Promise<number>) {
    this.#client = client;
    this.#ec2 = ec2;
    this.quota = quota;
  }

  async describe(ids: readonly string[]): Promise<Map<string, Entry[]>> {
    try {
      const { NetworkAcls: found = [] } = await this.#client.send(new this.#ec2.DescribeNetworkAclsCommand({ NetworkAclIds: [...ids] }));
      return new Map(found.map(({ NetworkAclId = "", Entries = [] }) => [NetworkAclId, Entries.flatMap((entry) => entryOf(entry))]));
    } catch (thrown) {
      throw awsFailure(`${ids.join(", ")} could not be read`, thrown, RIGHTS);
    }
  }

  async create(aclId: string, number: number, cidr: string): Promise<boolean> {
    try {
      await this.#client.send(new this.#ec2.CreateNetworkAclEntryCommand(inputOf(aclId, number, cidr)));
      return true;
    } catch (thrown) {
      if (isAwsError(thrown, "NetworkAclEntryAlreadyExists")) return false;
      if (isAwsError(thrown, "NetworkAclEntryLimitExceeded")) {
        throw new QuotaFull(
          `rule ${number} could not be added to ${aclId}, which has as many as its quota allows: ${oneLine(messageOf(thrown), 200)}`,
        );
      }
      throw awsFailure(`deny ${cidr} could not be added to ${aclId} as rule ${number}`, thrown, RIGHTS);
    }
  }

  async replace(aclId: string, number: number, cidr: string): Promise<boolean> {
    try {
      await this.#client.send(new this.#ec2.ReplaceNetworkAclEntryCommand(inputOf(aclId, number, cidr)));
      return true;
    } catch (thrown) {
      if (isAwsError(thrown, "InvalidNetworkAclEntry.NotFound")) return false;
      throw awsFailure(`rule ${number} of ${aclId} could not be replaced by deny ${cidr}`, thrown, RIGHTS);
    }
  }

  async remove(aclId: string, number: number): Promise<void> {
    try {
      await this.#client.send(new this.#ec2.DeleteNetworkAclEntryCommand({ NetworkAclId: aclId, RuleNumber: number, Egress: false }));
    } catch (thrown) {
      if (isAwsError(thrown, "InvalidNetworkAclEntry.NotFound")) return;
      throw awsFailure(`rule ${number} of ${aclId} could not be removed`, thrown, RIGHTS);
    }
  }
}

/** The quota of this account where it may be read, else the one that AWS gives everybody. */
async function readQuota(shared: ReturnType<typeof awsClientSettings>): Promise<number> {
  const { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand, ServiceQuotasClient } = await import("@aws-sdk/client-service-quotas");
  const client = new ServiceQuotasClient(shared);
  const wish = { ServiceCode: "vpc", QuotaCode: QUOTA_CODE };
  try {
    const own = await client
      .send(new GetServiceQuotaCommand(wish))
      .catch(async () => client.send(new GetAWSDefaultServiceQuotaCommand(wish)));
    const value = own.Quota?.Value;
    if (value !== undefined && value >= 1) return Math.floor(value);
    throw new HotakaError("HOTAKA_ENFORCER_FAILED", `Service Quotas gave no value for vpc ${QUOTA_CODE}.`);
  } catch (thrown) {
    throw awsFailure(`the quota of rules in a network ACL (vpc ${QUOTA_CODE}) could not be read`, thrown, "servicequotas:GetServiceQuota");
  } finally {
    client.destroy();
  }
}

function inputOf(aclId: string, number: number, cidr: string) {
  const block = cidr.includes(":") ? { Ipv6CidrBlock: cidr } : { CidrBlock: cidr };
  return { NetworkAclId: aclId, RuleNumber: number, Protocol: EVERY_PROTOCOL, RuleAction: "deny" as const, Egress: false, ...block };
}

/** An inbound entry; an outbound one is none. */
function entryOf({ RuleNumber, CidrBlock, Ipv6CidrBlock, RuleAction, Protocol = "", Egress }: Ec2.NetworkAclEntry): Entry[] {
  const cidr = cidrOf(CidrBlock ?? Ipv6CidrBlock);
  if (Egress === true || RuleNumber === undefined || cidr === undefined) return [];
  return [{ number: RuleNumber, cidr, action: RuleAction === "allow" ? "allow" : "deny", protocol: Protocol }];
}

const RIGHTS = "ec2:DescribeNetworkAcls, ec2:CreateNetworkAclEntry, ec2:ReplaceNetworkAclEntry and ec2:DeleteNetworkAclEntry";
