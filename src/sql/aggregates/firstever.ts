import { seenEver } from "./seen_ever.ts";

export const firstever = seenEver("firstever", true);
