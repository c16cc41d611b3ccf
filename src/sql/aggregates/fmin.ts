import { extreme } from "./extreme.ts";

export const fmin = extreme("fmin", -1, true);
