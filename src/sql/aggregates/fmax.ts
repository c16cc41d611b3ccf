import { extreme } from "./extreme.ts";

export const fmax = extreme("fmax", 1, true);
