import { ofNumbers } from "./of_numbers.ts";

export const min = ofNumbers("min", -1);
