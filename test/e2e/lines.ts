import { combinedLine } from "../../scripts/access_log.ts";

/** A line of an access log with its newline: what matters of it may be said, the rest is usual. */
export function accessLine({ host = "203.0.113.7", timeMs = 0, code = 200, path = "/" }: Partial<AccessLine>): string {
  return `${combinedLine({ host, timeMs, method: "GET", path, code, size: 512, referer: "-", agent: "curl/8.5.0" })}\n`;
}

interface AccessLine {
  readonly host: string;
  readonly timeMs: number;
  readonly code: number;
  readonly path: string;
}
