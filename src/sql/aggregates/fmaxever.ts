import { extremeEver } from "./extreme.ts";

export const fmaxever = extremeEver("fmaxever", 1, true);
