import { createHash, createHmac } from "node:crypto";

/**
 * What Standard Webhooks puts in front of a message:
 *
 *     webhook-id        = kind "_" hash                      ; the same however often the message is sent
 *     webhook-timestamp = seconds                            ; when this try was made
 *     webhook-signature = "v1," base64( HMAC-SHA256( key, id "." seconds "." body ) ), one for each key, a blank between
 *
 * A secret of the form `whsec_` and base64 is the key in that form; any other text is the key itself, in UTF-8.
 * @see https://www.standardwebhooks.com
 */
export function signedHeaders({ id, timestampMs, body, secrets }: Unsigned): Record<string, string> {
  const seconds = String(Math.floor(timestampMs / 1000));
  const headers = { "webhook-id": id, "webhook-timestamp": seconds };
  if (secrets.length === 0) return headers;
  const signatures = secrets.map((secret) => {
    const signature = createHmac("sha256", keyOf(secret)).update(`${id}.${seconds}.`).update(body).digest("base64");
    return `v1,${signature}`;
  });
  return { ...headers, "webhook-signature": signatures.join(" ") };
}

/** A message to be signed. */
export interface Unsigned {
  readonly id: string;
  readonly timestampMs: number;
  readonly body: string;
  /** Each signs; with none there is no signature. */
  readonly secrets: readonly string[];
}

/** The id of a message about a row, some rows or a notice: by its key, and fit for a header whatever stands in that. */
export function messageId(kind: "row" | "rows" | "notice", key: string): string {
  return `${kind}_${createHash("sha256").update(key).digest("base64url").slice(0, ID_CHARS)}`;
}

function keyOf(secret: string): Buffer {
  return secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), "base64") : Buffer.from(secret);
}

const PREFIX = "whsec_";
const ID_CHARS = 27;
