export { type Flush, type Inbox, INBOX_BYTES_MAX, InboxLog, type InboxLogOptions, type Take } from "./inbox_log.ts";
export { type Journal, type JournalOptions, openJournal } from "./journal.ts";
export type { JournalFolder } from "./folder.ts";
export { JournalPositions } from "./positions.ts";
