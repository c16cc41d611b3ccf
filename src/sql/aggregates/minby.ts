import { byKey } from "./by_key.ts";

export const minby = byKey("minby", -1);
