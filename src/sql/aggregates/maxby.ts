import { byKey } from "./by_key.ts";

export const maxby = byKey("maxby", 1);
