export { type Journal, type JournalOptions, openJournal } from "./journal.ts";
export type { JournalFolder } from "./folder.ts";
export { JournalPositions } from "./positions.ts";
