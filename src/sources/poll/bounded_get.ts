import { type Clock, formatSize, messageOf, oneLine } from "../../kit/index.ts";

export interface BoundedGet {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly bytesMax: number;
  readonly clock: Clock;
  /** The daemon stops. */
  readonly signal: AbortSignal;
}

/** A body, or why there is none: a word for a label, and a sentence without the address, which may be as good as a password. */
export type Got = { readonly body: Buffer } | { readonly reason: "status" | "size" | "timeout" | "network"; readonly sentence: string };

/** Gets what is at an address, at most `bytesMax` of it when it is unpacked, within `timeoutMs`. A redirection is not followed. Does not throw. */
export async function boundedGet({ url, headers, timeoutMs, bytesMax, clock, signal }: BoundedGet): Promise<Got> {
  const giveUp = new AbortController();
  let isLate = false;
  const timer = clock.after(timeoutMs, () => {
    isLate = true;
    giveUp.abort();
  });
  const stop = (): void => giveUp.abort();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const answer = await fetch(url, { headers, redirect: "manual", signal: giveUp.signal });
    if (!answer.ok) {
      await answer.body?.cancel();
      return { reason: "status", sentence: `it answered with status ${answer.status}` };
    }
    const body = await boundedBody(answer, bytesMax);
    return body === undefined
      ? { reason: "size", sentence: `it answered with more than ${formatSize(bytesMax)} (body_bytes_max)` }
      : { body };
  } catch (thrown) {
    if (isLate) return { reason: "timeout", sentence: `it did not answer within ${timeoutMs / 1000} seconds (timeout)` };
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
    return { reason: "network", sentence: oneLine(messageOf(cause), 300).replace(/\.$/, "") };
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", stop);
  }
}

/** Undefined when there is more. */
async function boundedBody(answer: Response, bytesMax: number): Promise<Buffer | undefined> {
  if (answer.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels what is left of the body.
  const body: AsyncIterable<Uint8Array> = answer.body;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
