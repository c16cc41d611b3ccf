import { z } from "zod";
import { worded } from "../component/index.ts";
import { parseDuration } from "../kit/index.ts";

/** A setting that is a duration, or `off`, which is no bound at all. */
export function durationOrOff() {
  return worded<{ readonly ms: number | undefined }>(z, "a duration such as 90s or 1h, or off", (text) => {
    const ms = parseDuration(text);
    if (text === "off") return { value: { ms: undefined } };
    return ms === undefined ? undefined : { value: { ms } };
  });
}
