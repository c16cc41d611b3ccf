import type { Secret } from "../../component/index.ts";
import type { NoticeSettings } from "../../notices/index.ts";

/** Settings of the sns action, as its schema makes them. */
export interface SnsConfig extends NoticeSettings {
  readonly topic_arn?: string | undefined;
  readonly topic?: string | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly access_key_id?: Secret | undefined;
  readonly secret_access_key?: Secret | undefined;
  readonly escalate_after?: number | undefined;
  readonly escalate_topic_arn?: string | undefined;
}
