import type { CommandEntry } from "./command.ts";

/** Every command, in the order in which help lists them: what one starts with first. */
export const COMMANDS: readonly CommandEntry[] = [];
