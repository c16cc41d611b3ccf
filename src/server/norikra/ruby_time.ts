/** `Fri, 20 Nov 2026 10:00:00 +0000`, in UTC. @see RFC 2822, 3.3 */
export function rfc2822(timeMs: number): string {
  return new Date(timeMs).toUTCString().replace("GMT", "+0000");
}

/** `3 days, 04:05`: days, then hours and minutes. */
export function formatUptime(durationMs: number): string {
  const minutes = Math.floor(durationMs / 60_000);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${Math.floor(minutes / 1440)} days, ${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}
