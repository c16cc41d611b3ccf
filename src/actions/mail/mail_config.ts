import type { HostAndPort, Secret } from "../../component/index.ts";
import type { NoticeSettings } from "../../notices/index.ts";

/** Settings of the mail action, as its schema makes them. */
export interface MailConfig extends NoticeSettings {
  readonly smtp: HostAndPort;
  readonly tls: "starttls" | "implicit" | "off";
  readonly tls_verify: boolean;
  readonly user?: string | undefined;
  readonly password?: Secret | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly escalate_after?: number | undefined;
  readonly escalate_to: readonly string[];
}
