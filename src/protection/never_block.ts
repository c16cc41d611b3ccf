/** Who is never blocked, as the settings say it. */
export interface NeverBlock {
  /** Addresses and prefixes. */
  readonly prefixes: readonly string[];
  /** Host names: the addresses they have now, whatever those are. */
  readonly names: readonly string[];
  readonly awsIpRanges: readonly AwsIpRanges[];
  /** Hosts whose reverse name ends so and leads back to their address. */
  readonly suffixes: readonly TrustedSuffix[];
  /** How long the address of a person is protected after he was last seen (milliseconds); undefined protects none. */
  readonly operatorForMs: number | undefined;
}

/** A file of the ranges of AWS, and which of them. @see AWS, "AWS IP address ranges", ip-ranges.json */
export interface AwsIpRanges {
  /** As an absolute path. */
  readonly file: string;
  /** `ROUTE53_HEALTHCHECKS`; undefined is all. */
  readonly service: string | undefined;
  /** `eu-west-1`; undefined is all. */
  readonly region: string | undefined;
}

/** The end of a host name that nobody else can have. */
export interface TrustedSuffix {
  /** With the dot before it: `.googlebot.com`. */
  readonly suffix: string;
  /** Whose it is, for people: `google`. */
  readonly owner: string;
}
