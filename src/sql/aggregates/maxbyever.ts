import { byKeyEver } from "./by_key.ts";

export const maxbyever = byKeyEver("maxbyever", 1);
