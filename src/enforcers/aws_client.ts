import type { Zod } from "../component/index.ts";
import { HotakaError, messageOf, oneLine } from "../kit/index.ts";

/** How the services of AWS are reached. What is not said comes from the environment, the shared files or the machine, as for the AWS CLI. */
export interface AwsSettings {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly endpoint?: string | undefined;
}

/** The settings that every enforcer of AWS has. */
export function awsShape(z: Zod) {
  return {
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, "the name of a region was wanted, such as ap-northeast-1.")
      .optional()
      .describe("Region; by default that of the environment (AWS_REGION) or of the profile."),
    profile: z.string().min(1).max(200).optional().describe("Profile of the shared credentials and config files."),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Another address of the service, as of a VPC endpoint or a test server."),
  };
}

/** What a client of the SDK is made with. A throttled call is tried again by it, ever later and with chance, before it counts as failed. */
export function awsClientSettings({ region, profile, endpoint }: AwsSettings) {
  // It says at every start that Node 20 is old, which the person who runs the daemon can do nothing about here.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  return {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: { connectionTimeout: CONNECT_MS_MAX, requestTimeout: ANSWER_MS_MAX },
  };
}

/** Whether AWS answered with this code. */
export function isAwsError(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && thrown.name === code;
}

/** A failure in the words of AWS, with what to do where that is known. `rights` are the permissions that the calls take. */
export function awsFailure(what: string, thrown: unknown, rights: string): HotakaError {
  const code = thrown instanceof Error ? thrown.name : "Error";
  const said = oneLine(messageOf(thrown), 300).replace(/\.$/, "");
  const hint = DENIED.has(code) ? ` Its credentials need ${rights}.` : (HINTS.get(code) ?? "");
  return new HotakaError("HOTAKA_ENFORCER_FAILED", `${what}: ${code === "Error" ? "" : `${code}: `}${said}.${hint}`, { cause: thrown });
}

const DENIED: ReadonlySet<string> = new Set(["UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "AuthFailure"]);
const HINTS: ReadonlyMap<string, string> = new Map([
  ["CredentialsProviderError", " Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile, or give the machine a role."],
  ["RequestLimitExceeded", " AWS throttles these calls; they are tried again ever more rarely."],
  ["ThrottlingException", " AWS throttles these calls; they are tried again ever more rarely."],
]);
const ATTEMPTS_MAX = 4;
const CONNECT_MS_MAX = 3000;
const ANSWER_MS_MAX = 15_000;
