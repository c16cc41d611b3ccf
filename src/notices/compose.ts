import type { ActionRow } from "../component/index.ts";
import { type BlockStanding, type Blocks, type Decision, describeDecision, type Story, waitOf } from "../blocks/index.ts";
import { type Row, rowToJson, type Value } from "../event/index.ts";
import { HotakaError, oneLine, parseCidr, shownCidr } from "../kit/index.ts";
import type { Notice, NoticeItem } from "./notice.ts";
import { instant } from "./notice.ts";
import type { NoticeSettings } from "./notice_settings.ts";
import type { Thing, Wave } from "./wave_store.ts";

/** What is asked of the block list, to say what was decided. */
export type NoticeBlocks = Pick<Blocks, "why">;

/** Words a notice. What was decided is looked up now, so that it says how things stand when people read it. */
export function composeNotice(wave: Wave, things: readonly Thing[], settings: NoticeSettings, blocks: NoticeBlocks): Notice {
  const first = things[0];
  const rowOfFirst: ActionRow = { key: "", query: first?.query ?? "", timeMs: first?.timeMs ?? wave.toMs, row: first?.row ?? {} };
  return {
    id: `n${wave.id}`,
    subject: settings.subject(rowOfFirst),
    query: rowOfFirst.query,
    group: wave.group,
    rows: wave.rows,
    fromMs: wave.fromMs,
    toMs: wave.toMs,
    items: things.map((thing) => itemOf(thing, settings, blocks)),
    more: wave.things - things.length,
    unacknowledgedMs: undefined,
    acknowledge: undefined,
  };
}

/** What makes two rows the same thing: their address, or what is said of them. */
export function thingName(row: ActionRow, settings: Pick<NoticeSettings, "address" | "text">): string {
  return addressOf(row.row, settings.address) ?? lineOf(row, settings.text);
}

function itemOf({ query, timeMs, row, rows }: Thing, settings: NoticeSettings, blocks: NoticeBlocks): NoticeItem {
  const address = addressOf(row, settings.address);
  const text = lineOf({ key: "", query, timeMs, row }, settings.text);
  const standing = address === undefined ? undefined : standingOf(address, query, blocks);
  return {
    text,
    rows,
    address,
    decided: standing?.decided ?? [],
    undo: standing?.undo,

    offers: standing?.offers,
  };
}

function lineOf(row: ActionRow, text: NoticeSettings["text"]): string {
  if (text !== undefined) return text(row);
  const fields = Object.entries(row.row).map(([name, value]) => `${name} ${valueText(value)}`);
  return oneLine(fields.length === 0 ? row.query : fields.join(", "), LINE_CHARS_MAX);
}

function valueText(value: Value): string {
  if (value === null) return "-";
  return typeof value === "string" ? value : rowToJson({ value }).slice('{"value":'.length, -1);
}

/** The address of a row, canonical; undefined when the field is missing or holds none. */
function addressOf(row: Row, field: string): string | undefined {
  const value = Object.hasOwn(row, field) ? row[field] : undefined;
  return typeof value === "string" ? parseCidr(value)?.shown : undefined;
}

function standingOf(address: string, query: string, blocks: NoticeBlocks): Pick<NoticeItem, "decided" | "undo" | "offers"> | undefined {
  const story = storyOf(address, blocks);
  if (story === undefined) return undefined;
  const [block] = story.inForce;
  if (block !== undefined) return { decided: sentencesOf(block), undo: `hotaka unblock ${shownCidr(block.cidr)}`, offers: "unblock" };
  const decision = story.decisions.find(({ madeBy }) => madeBy === query);
  if (decision === undefined) return undefined;
  const { hold, cidr } = decision;
  const decided = [describeDecision(decision), ...(hold === undefined ? [] : [capitalised(waitOf(cidr, hold))])];
  return { decided, undo: undefined, offers: isGrantable(decision) ? "approve" : undefined };
}

function storyOf(address: string, blocks: NoticeBlocks): Story | undefined {
  try {
    return blocks.why(address);
  } catch (thrown) {
    if (thrown instanceof HotakaError && thrown.code === "HOTAKA_ADDRESS_INVALID") return undefined;
    throw thrown;
  }
}

function sentencesOf({ cidr, untilMs, enforcement }: BlockStanding): string[] {
  const blocked = `${shownCidr(cidr)} is blocked ${untilMs === undefined ? "for good" : `until ${instant(untilMs)}`}`;
  if (enforcement.length === 0) return [`${blocked}. No enforcement point is set up, so the block has no effect.`];
  const places = enforcement.map(({ point, state, why }) => {
    return `${point}: ${state.replaceAll("_", " ")}${why === undefined ? "" : `: ${why}`}.`;
  });
  return [`${blocked}.`, ...places];
}

/** A person may still say yes: the policy held it back for one, or it was only to be looked at. */
function isGrantable({ outcome, hold }: Decision): boolean {
  return hold?.state === "waiting" || outcome === "detected";
}

function capitalised(sentence: string): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1);
}

const LINE_CHARS_MAX = 1000;
