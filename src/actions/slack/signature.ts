import { createHmac, timingSafeEqual } from "node:crypto";

/** The signature of a request from Slack: `v0=` and HMAC-SHA256 over version, time and raw body. */
export function slackSignature(signingSecret: string, timestamp: string, body: Buffer): string {
  return `v0=${createHmac("sha256", signingSecret).update(`v0:${timestamp}:`).update(body).digest("hex")}`;
}

/** What is checked of a request. */
export interface SignedRequest {
  /** `X-Slack-Request-Timestamp`: seconds. */
  readonly timestamp: string;
  /** `X-Slack-Signature`. */
  readonly signature: string;
  readonly body: Buffer;
}

/**
 * Why a request is not from Slack, or is an old one that somebody sends again; undefined when it is genuine.
 * @see Slack, "Verifying requests from Slack"
 */
export function whyNotGenuine({ timestamp, signature, body }: SignedRequest, signingSecret: string, nowMs: number): string | undefined {
  if (!/^\d{1,12}$/.test(timestamp)) return "it has no X-Slack-Request-Timestamp";
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > AGE_SECONDS_MAX) return "it is more than five minutes from now";
  const [found, wanted] = [Buffer.from(signature), Buffer.from(slackSignature(signingSecret, timestamp, body))];
  // Lengths tell nothing; contents are compared in a time that does not depend on them.
  return found.length === wanted.length && timingSafeEqual(found, wanted) ? undefined : "its signature is wrong";
}

const AGE_SECONDS_MAX = 300;
