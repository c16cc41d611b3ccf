import { ofNumbers } from "./of_numbers.ts";

export const max = ofNumbers("max", 1);
