import type * as Wafv2 from "@aws-sdk/client-wafv2";
import { HotakaError } from "../../kit/index.ts";
import { type AwsSettings, awsClientSettings, awsFailure, isAwsError } from "../aws_client.ts";

/** One IP set of AWS WAF, as the settings name it. */
export interface IpSetName {
  readonly name: string;
  readonly id: string;
}

/** The calls that an IP set takes. They throw HOTAKA_ENFORCER_FAILED with the code and the words of AWS. */
export interface IpSets {
  read(set: IpSetName): Promise<readonly string[]>;
  /** Replaces all addresses by what `next` makes of those that are there, read anew as often as somebody else was quicker. */
  change(set: IpSetName, next: (addresses: readonly string[]) => readonly string[]): Promise<void>;
}

/** Opens the calls; the library of AWS is loaded here. */
export async function openIpSets(settings: AwsSettings & { readonly scope: "regional" | "cloudfront" }): Promise<IpSets> {
  const waf = await import("@aws-sdk/client-wafv2");
  // A set of CloudFront lives in us-east-1, wherever the daemon is.
  const region = settings.scope === "cloudfront" ? { region: "us-east-1" } : {};
  return new WafIpSets(new waf.WAFV2Client(awsClientSettings({ ...settings, ...region })), waf, settings.scope);
}

class WafIpSets implements IpSets {
  readonly #client: Wafv2.WAFV2Client;
  readonly #waf: typeof Wafv2;
  readonly #scope: "REGIONAL" | "CLOUDFRONT";

  constructor(client: Wafv2.WAFV2Client, waf: typeof Wafv2, scope: "regional" | "cloudfront") {
    this.#client = client;
    this.#waf = waf;
    this.#scope = scope === "regional" ? "REGIONAL" : "CLOUDFRONT";
  }

  async read(set: IpSetName): Promise<readonly string[]> {
    return (await this.#get(set)).addresses;
  }

  async change(set: IpSetName, next: (addresses: readonly string[]) => readonly string[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { addresses, lockToken, description } = await this.#get(set);
      const wanted = next(addresses);
      const there = new Set(addresses);
      if (wanted.length === there.size && wanted.every((address) => there.has(address))) return;
      try {
        const about = description === undefined || description === "" ? {} : { Description: description };
        const input = { Name: set.name, Id: set.id, Scope: this.#scope, LockToken: lockToken, Addresses: [...wanted], ...about };
        await this.#client.send(new this.#waf.UpdateIPSetCommand(input));
        return;
      } catch (thrown) {
        if (isAwsError(thrown, "WAFOptimisticLockException") && attempt < ATTEMPTS_MAX) continue;
        throw awsFailure(`IP set ${set.name} could not be changed`, thrown, RIGHTS);
      }
    }
  }

  async #get(set: IpSetName): Promise<{ addresses: string[]; lockToken: string; description: string | undefined }> {
    try {
      const { IPSet, LockToken } = await this.#client.send(
        new this.#waf.GetIPSetCommand({ Name: set.name, Id: set.id, Scope: this.#scope }),
      );
      if (IPSet === undefined || LockToken === undefined) throw new HotakaError("HOTAKA_ENFORCER_FAILED", "AWS gave no set.");
      return { addresses: IPSet.Addresses ?? [], lockToken: LockToken, description: IPSet.Description };
    } catch (thrown) {
      throw awsFailure(`IP set ${set.name} could not be read`, thrown, RIGHTS);
    }
  }
}

const RIGHTS = "wafv2:GetIPSet and wafv2:UpdateIPSet";
const ATTEMPTS_MAX = 8;
