import { type Notice, type NoticeItem, noticeText, openingOf } from "../../notices/index.ts";

/** How a notice is dressed for Slack. */
export interface Dress {
  /** Buttons are shown where somebody listens for them. */
  readonly hasButtons: boolean;
  readonly mention: string | undefined;
}

/** What a button means, as its value carries it. */
export interface ButtonValue {
  readonly act: "unblock" | "approve" | "acknowledge";
  /** An address, or the number of a notice. */
  readonly of: string;
}

type Block = Readonly<Record<string, unknown>>;

/**
 * A message of Block Kit, with its text for notifications. Slack takes 50 blocks of 3,000 characters; what is beyond is a number, as the
 * rest of the notice is.
 * @see Slack, "Block Kit reference"
 */
export function slackMessage(notice: Notice, { hasButtons, mention }: Dress): { readonly text: string; readonly blocks: readonly Block[] } {
  const head = mention === undefined ? "" : `${mention} `;
  const shown = notice.items.slice(0, ITEMS_MAX);
  const more = notice.more + notice.items.length - shown.length;
  const blocks: Block[] = [
    { type: "header", text: { type: "plain_text", text: cut(notice.subject, HEADER_CHARS_MAX), emoji: false } },
    section(`${head}${escaped(openingOf(notice))}`),
    ...shown.flatMap((item) => itemBlocks(item, hasButtons)),
    ...(more > 0 ? [section(`and ${more} more. \`hotaka blocks\` lists what is blocked.`)] : []),
    ...(notice.acknowledge === undefined ? [] : acknowledgeBlocks(notice, notice.acknowledge, hasButtons)),
  ];
  return { text: `${head}${escaped(cut(`${notice.subject}\n${noticeText(notice)}`, SECTION_CHARS_MAX))}`, blocks };
}

/** The meaning of a button's value; undefined when it is none of ours. */
export function parseButtonValue(text: string): ButtonValue | undefined {
  const [, act, of = ""] = /^(unblock|approve|acknowledge) ([0-9A-Za-z.:/]{1,64})$/.exec(text) ?? [];
  return act === "unblock" || act === "approve" || act === "acknowledge" ? { act, of } : undefined;
}

function itemBlocks({ text, rows, decided, undo, offers, address }: NoticeItem, hasButtons: boolean): Block[] {
  const lines = [`*${escaped(text)}*${rows > 1 ? ` (${rows} times)` : ""}`, ...decided.map(escaped)];
  if (undo !== undefined) lines.push(`To undo: \`${escaped(undo)}\``);
  const button = hasButtons && offers !== undefined && address !== undefined ? { accessory: buttonOf(offers, address) } : {};
  return [{ ...section(lines.join("\n")), ...button }];
}

function acknowledgeBlocks({ id }: Notice, command: string, hasButtons: boolean): Block[] {
  const said = section(`To acknowledge: \`${escaped(command)}\``);
  return [hasButtons ? { ...said, accessory: buttonOf("acknowledge", id) } : said];
}

function buttonOf(act: ButtonValue["act"], of: string): Block {
  const label = { unblock: "Unblock", approve: "Approve", acknowledge: "Acknowledge" }[act];
  const style = act === "unblock" ? { style: "danger" } : act === "approve" ? { style: "primary" } : {};
  // Asked once more before an attacker is let in again.
  const confirm = act === "unblock" ? { confirm: confirmOf(of) } : {};
  return {
    type: "button",
    text: { type: "plain_text", text: label },
    action_id: `hotaka_${act}`,
    value: `${act} ${of}`,
    ...style,
    ...confirm,
  };
}

function confirmOf(address: string): Block {
  const plain = (text: string): Block => ({ type: "plain_text", text });
  return { title: plain("Unblock"), text: plain(`Take back the block of ${address}?`), confirm: plain("Unblock"), deny: plain("Cancel") };
}

function section(text: string): Block {
  return { type: "section", text: { type: "mrkdwn", text: cut(text, SECTION_CHARS_MAX), verbatim: true } };
}

/** Slack gives meaning to three characters; a row must not mention anybody. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax - 1)}…`;
}

const ITEMS_MAX = 45;
const HEADER_CHARS_MAX = 150;
const SECTION_CHARS_MAX = 3000;
