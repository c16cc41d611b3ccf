export { ExpiringTable, type ExpiringTableOptions, type TableEntry } from "./expiring_table.ts";
export { Tables } from "./tables.ts";
