import { extremeEver } from "./extreme.ts";

export const fminever = extremeEver("fminever", -1, true);
