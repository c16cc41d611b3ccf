import { type Clock, HotakaError, messageOf, oneLine } from "../kit/index.ts";

/** An answer, with no more of its body than is of use in a message. */
export interface PostAnswer {
  readonly status: number;
  readonly body: string;
}

/** One request to a service on the web. */
export interface PostRequest {
  /** As it may be named in a message: an address can be as good as a password. */
  readonly service: string;
  readonly url: string;
  /** What is made JSON of; `text` where that was done already. */
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Posts JSON and gives the answer when its status is 2xx. Rejects with HOTAKA_ACTION_FAILED when the service cannot be reached, does not
 * answer within ten seconds, leads elsewhere, or refuses; with HOTAKA_ACTION_REFUSED when its status speaks of what was posted, so that no try
 * will help. The message names the service and its words and never the address.
 */
export async function postJson(
  { service, url, body, text = JSON.stringify(body), headers = {} }: PostRequest,
  clock: Clock,
): Promise<PostAnswer> {
  const giveUp = new AbortController();
  const timer = clock.after(ANSWER_MS_MAX, () => giveUp.abort(new Error(`it gave no answer within ${ANSWER_MS_MAX / 1000} seconds`)));
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8", ...headers },
      body: text,
      redirect: "manual",
      signal: giveUp.signal,
    });
    const words = await beginningOf(answer);
    if (answer.ok) return { status: answer.status, body: words };
    const retry = answer.headers.get("retry-after");
    const wait = retry === null ? "" : ` It asks to wait ${oneLine(retry, 20)} seconds.`;
    const why = `it answered with status ${answer.status}: ${oneLine(words.trim(), 300) || "no words"}.${wait}`;
    throw notTaken(CONTENT_STATUSES.has(answer.status) ? "HOTAKA_ACTION_REFUSED" : "HOTAKA_ACTION_FAILED", service, why);
  } catch (thrown) {
    if (thrown instanceof HotakaError) throw thrown;
    throw notTaken("HOTAKA_ACTION_FAILED", service, `${reasonOf(thrown)}.`, thrown);
  } finally {
    timer.cancel();
  }
}

async function beginningOf(answer: Response): Promise<string> {
  if (answer.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels what is left of the body.
  const body: AsyncIterable<Uint8Array> = answer.body;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= BODY_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).subarray(0, BODY_BYTES_MAX).toString("utf8");
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  return oneLine(messageOf(cause), 300).replace(/\.$/, "");
}

function notTaken(code: "HOTAKA_ACTION_FAILED" | "HOTAKA_ACTION_REFUSED", service: string, why: string, cause?: unknown): HotakaError {
  return new HotakaError(code, `${service} did not take the message: ${why}`, { cause });
}

/** Bad Request, Content Too Large, Unprocessable Content. Those of addresses, rights and times are mended elsewhere. */
const CONTENT_STATUSES: ReadonlySet<number> = new Set([400, 413, 422]);
const ANSWER_MS_MAX = 10_000;
const BODY_BYTES_MAX = 65_536;
