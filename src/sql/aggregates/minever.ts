import { extremeEver } from "./extreme.ts";

export const minever = extremeEver("minever", -1);
