import { formatDuration } from "../kit/index.ts";

/** What people are told, in words that any channel can carry. A channel dresses it; it decides nothing. */
export interface Notice {
  /** The same each time this notice is sent, and of this one alone: `n17`. Channels that know repetitions by a key use it. */
  readonly id: string;
  /** What the settings say it is about, on one line. */
  readonly subject: string;
  /** The query that found it; of the first row where it is about several. */
  readonly query: string;
  /** The group of the wave, as `group_by` names it. */
  readonly group: string;
  /** Rows it stands for. */
  readonly rows: number;
  /** The first and the last of them (epoch ms, event time). */
  readonly fromMs: number;
  readonly toMs: number;
  /** The different things it is about, each once, the earliest first; no more than `rows_shown_max`. */
  readonly items: readonly NoticeItem[];
  /** Things it is about that are not among `items`. */
  readonly more: number;
  /** Sent once more because nobody acknowledged it for so long (milliseconds). */
  readonly unacknowledgedMs: number | undefined;
  /** The command that acknowledges it; undefined where nothing waits for that. */
  readonly acknowledge: string | undefined;
}

/** One thing that a notice is about. */
export interface NoticeItem {
  /** As the settings word it, on one line. */
  readonly text: string;
  /** How many rows said it. */
  readonly rows: number;
  /** The address it is about, canonical; undefined where the row names none. */
  readonly address: string | undefined;
  /** What was decided about the address, in sentences: the decision, and how it stands at each enforcement point. */
  readonly decided: readonly string[];
  /** How a person takes that back, or grants what was held: a command. */
  readonly undo: string | undefined;
  /** What a button under it may do. */
  readonly offers: "unblock" | "approve" | undefined;
}

/** The notice as plain text of several lines, without its subject. */
export function noticeText(notice: Notice): string {
  const lines = [openingOf(notice), ""];
  for (const { text, rows, decided, undo } of notice.items) {
    lines.push(rows > 1 ? `${text} (${rows} times)` : text);
    for (const sentence of decided) lines.push(`  ${sentence}`);
    if (undo !== undefined) lines.push(`  To undo: ${undo}`);
  }
  if (notice.more > 0) lines.push("", `and ${notice.more} more. \`hotaka blocks\` lists what is blocked.`);
  if (notice.acknowledge !== undefined) lines.push("", `To acknowledge: ${notice.acknowledge}`);
  return `${lines.join("\n")}\n`;
}

/** A notice that nothing has caused, to see whether a channel works. */
export function testNotice(nowMs: number): Notice {
  const text = "This is a test of Hotaka. Nothing was found and nothing was blocked.";
  return {
    id: `test-${nowMs}`,
    subject: "Hotaka test",
    query: "hotaka notify test",
    group: "hotaka notify test",
    rows: 1,
    fromMs: nowMs,
    toMs: nowMs,
    items: [{ text, rows: 1, address: undefined, decided: [], undo: undefined, offers: undefined }],
    more: 0,
    unacknowledgedMs: undefined,
    acknowledge: undefined,
  };
}

/** `12 rows of block.ssh from 2026-11-20T10:00:00Z to 2026-11-20T10:04:00Z.` */
export function openingOf({ rows, query, fromMs, toMs, unacknowledgedMs }: Notice): string {
  const when = fromMs === toMs ? `at ${instant(toMs)}` : `from ${instant(fromMs)} to ${instant(toMs)}`;
  const opening = `${rows === 1 ? "One row" : `${rows} rows`} of ${query} ${when}.`;
  if (unacknowledgedMs === undefined) return opening;
  return `Nobody has acknowledged this for ${formatDuration(unacknowledgedMs)}. ${opening}`;
}

/** To the second, in UTC, so that messages of two machines compare. */
export function instant(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}
