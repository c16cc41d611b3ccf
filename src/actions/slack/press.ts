/** A button that somebody pressed. */
export interface Press {
  readonly value: string;
  /** Id of the user: `U012AB3CD`. */
  readonly user: string;
  readonly userName: string;
  /** Where an answer may be posted for half an hour; undefined where there is none that is over TLS, or on this machine. */
  readonly responseUrl: string | undefined;
}

/**
 * The presses of a request: a form with one field `payload`, which is JSON of type `block_actions`. Undefined when it is none. At most
 * ten are taken; Slack sends one.
 * @see Slack, "Handling user interaction", block_actions payload
 */
export function pressesOf(body: Buffer): readonly Press[] | undefined {
  const payload = new URLSearchParams(body.toString("utf8")).get("payload");
  const message = payload === null ? undefined : parsed(payload);
  if (message === undefined || message["type"] !== "block_actions" || !Array.isArray(message["actions"])) return undefined;
  const user = mapOf(message["user"]);
  const actions: readonly unknown[] = message["actions"];
  return actions.slice(0, PRESSES_MAX).map((action) => ({
    value: textOf(mapOf(action)["value"]),
    user: textOf(user["id"]),
    userName: textOf(user["username"]) || textOf(user["name"]),
    responseUrl: safeUrl(textOf(message["response_url"])),
  }));
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return mapOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function safeUrl(text: string): string | undefined {
  return /^https:\/\/|^http:\/\/127\.0\.0\.1[:/]/.test(text) && URL.canParse(text) ? text : undefined;
}

const PRESSES_MAX = 10;
