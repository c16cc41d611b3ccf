import type { z } from "zod";
import { type Format, type Intake, type OpenIntake, size, type SourceContext, type TargetFields, type Zod } from "../component/index.ts";
import { type FormatChoice } from "../formats/index.ts";
import { formatSetting, openFormat } from "./format_setting.ts";

/** Where the events of a source of lines go: exactly one of the two is there. */
export interface DestinationConfig {
  readonly target?: string | undefined;
  readonly tag?: string | undefined;
}

/** Settings of every source of lines. */
export function lineSettings(z: Zod) {
  return {
    format: formatSetting(z),
    ...destinationSettings(z),
    line_bytes_max: size(z, { minBytes: 1024, maxBytes: 16 << 20 })
      .prefault("1MB")
      .describe("Longest line that is read; a longer one is skipped and counted."),
  };
}

/** Settings that say where events go, for a source whose events come without a tag. */
export function destinationSettings(z: Zod) {
  return {
    target: z.string().min(1).optional().describe("Target that receives the events."),
    tag: z
      .string()
      .regex(/^[^\s\p{C}]{1,512}$/u, "a tag without blanks, such as web.access, was wanted.")
      .optional()
      .describe("Tag of the events, in place of `target`: filters that fit it are passed, and the routes say which target it goes to."),
  };
}

/** Finds what is wrong with where events go: a check of the whole settings of a source. */
export function checkDestination({ target, tag }: DestinationConfig, context: z.core.$RefinementCtx): void {
  if ((target === undefined) !== (tag === undefined)) return;
  const message =
    target === undefined
      ? "target was wanted, the name of the target that receives the events."
      : "target and tag were found; one of them was wanted.";
  context.addIssue({ code: "custom", path: target === undefined ? [] : ["tag"], message });
}

/** The way on for lines of a format. */
export function openDestination(
  context: SourceContext,
  { target, tag = "" }: DestinationConfig,
  { events, fields }: Pick<Format, "events" | "fields">,
): Intake | OpenIntake {
  if (events !== undefined && target !== undefined) {
    // Who declares fields, and be it none, has events with times of their own.
    context.intake(target, {});
    return context.openIntake(target);
  }
  if (events !== undefined) return context.openTagged(tag);
  return target === undefined ? context.tagged(tag, fields) : context.intake(target, fields);
}

/** The targets that settings name, for a declaration; undefined where nobody can say yet what events of a tag look like. */
export function targetsOf({
  target,
  format,
}: DestinationConfig & { readonly format: FormatChoice }): Readonly<Record<string, TargetFields>> | undefined {
  const { events, fields } = openFormat(format);
  if (target === undefined) return events === undefined ? {} : undefined;
  return { [target]: events === undefined ? fields : "timed" };
}

/** The tags that settings name, for a declaration. */
export function tagsOf({ tag, format }: DestinationConfig & { readonly format: FormatChoice }) {
  return tag === undefined ? {} : { [tag]: openFormat(format).fields };
}
