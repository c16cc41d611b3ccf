import { byKeyEver } from "./by_key.ts";

export const minbyever = byKeyEver("minbyever", -1);
