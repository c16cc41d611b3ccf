import { extremeEver } from "./extreme.ts";

export const maxever = extremeEver("maxever", 1);
