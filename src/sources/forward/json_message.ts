import { JsonFramer } from "./json_framer.ts";

/** Messages that came as JSON, one after another; undefined stands for one that cannot be parsed. */
export function eachJsonMessage(bytes: Buffer, told: (message: unknown) => void): void {
  new JsonFramer().scan(bytes, bytes.length, (start, end) => told(parsed(bytes.toString("utf8", start, end))));
}

/** The chunk id of a message that came as JSON. */
export function jsonChunk(message: readonly unknown[]): string | undefined {
  const options: unknown = Array.isArray(message[1]) ? message[2] : message[3];
  const chunk = typeof options === "object" && options !== null && "chunk" in options ? options.chunk : undefined;
  return typeof chunk === "string" ? chunk : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
