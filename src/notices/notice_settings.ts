import type { z } from "zod";
import { duration, type RowTemplate, template, worded, type Zod } from "../component/index.ts";
import { compileMatch, HotakaError, type Match } from "../kit/index.ts";
import { isTimeZone, parseTimeOfDay, type QuietHours } from "./quiet_hours.ts";

/** What the settings of every channel say beside what is its own. Durations are milliseconds. */
export interface NoticeSettings {
  readonly subject: RowTemplate;
  readonly text?: RowTemplate | undefined;
  readonly address: string;
  readonly group_by: RowTemplate;
  readonly group_wait: number;
  readonly group_interval: number;
  readonly repeat_interval: number;
  readonly rows_shown_max: number;
  readonly quiet_hours?: (QuietHours & { readonly except: Match }) | undefined;
}

/** The settings that every channel has. The words are Alertmanager's, whose users know them. */
export function noticeSettings(z: Zod) {
  return {
    subject: template(z)
      .prefault("${query}: ${host}")
      .describe("What it is about, on one line; ${field} stands for a field of the first row."),
    text: template(z)
      .optional()
      .describe("One line for each thing found; ${field} stands for a field of its row. Without it all fields are named."),
    address: z
      .string()
      .min(1)
      .max(256)
      .default("host")
      .describe("Field of the row that holds an address: what was decided about it is told, whether it is enforced, and how to undo it."),
    group_by: template(z).prefault("${query}").describe("Rows for which this reads the same are told together."),
    group_wait: duration(z, { maxMs: DAY_MS })
      .prefault("5s")
      .describe("How long the first row of a group waits for others, and for enforcement, before people are told."),
    group_interval: duration(z, { maxMs: DAY_MS })
      .prefault("5min")
      .describe("At least so long between two messages about the same group, so that a wave is a message and not a thousand."),
    repeat_interval: duration(z, { maxMs: 30 * DAY_MS })
      .prefault("1h")
      .describe("What was told and is found again within so long is counted, and not told again."),
    rows_shown_max: z.int().min(1).max(100).default(20).describe("Things named in one message; the others are a number."),
    quiet_hours: quietHours(z).optional().describe("Hours in which nobody is told; what was found is told when they end."),
  } as const;
}

function quietHours(z: Zod) {
  return z
    .strictObject({
      from: timeOfDay(z).describe("When they begin, such as 22:00."),
      to: timeOfDay(z).describe("When they end; an end before the beginning is on the next day."),
      days: z
        .array(z.enum(DAYS))
        .min(1)
        .max(7)
        .default([...DAYS])
        .describe("Days on which they begin."),
      time_zone: worded(z, "the name of a time zone such as UTC or Asia/Tokyo", (text) =>
        isTimeZone(text) ? { value: text } : { wrong: "a name of the time zone data, such as Asia/Tokyo, was wanted" },
      )
        .prefault("UTC")
        .describe("The time zone of these hours."),
      except: matchText(z).prefault("").describe("Queries, as a pattern such as block.**, that are told all the same."),
    })
    .transform(({ from, to, days, time_zone: timeZone, except }): QuietHours & { readonly except: Match } => ({
      fromMinute: from,
      toMinute: to,
      days: days.map((day) => DAYS.indexOf(day)),
      timeZone,
      except,
    }));
}

function timeOfDay(z: Zod) {
  return worded(z, "a time of day such as 22:00", (text) => {
    const minute = parseTimeOfDay(text);
    return minute === undefined ? undefined : { value: minute };
  });
}

function matchText(z: Zod): z.ZodPipe<z.ZodString, z.ZodTransform<Match, string>> {
  return worded<Match>(z, "a pattern such as block.**", (text) => {
    if (text === "") return { value: () => false };
    try {
      return { value: compileMatch(text) };
    } catch (thrown) {
      if (!(thrown instanceof HotakaError)) throw thrown;
      return { wrong: thrown.message.replace(/\.$/, "") };
    }
  });
}

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const DAY_MS = 86_400_000;
