import { seenEver } from "./seen_ever.ts";

export const lastever = seenEver("lastever", false);
