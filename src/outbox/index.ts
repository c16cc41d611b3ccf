export { openOutbox, type Outbox, OUTBOX_BOUNDS, type OutboxBounds, type OutboxOptions, type Route } from "./outbox.ts";
export type { BatchBounds, OutboxRow, Performer } from "./outbox_row.ts";
export { rowOfText, rowText } from "./row_text.ts";
export { OUTBOX_MIGRATIONS } from "./store.ts";
export { Outgoing } from "./outgoing.ts";
