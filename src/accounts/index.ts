export { Accounts } from "./accounts.ts";
export type { Audit, AuditEntry, KeptAuditEntry } from "./audit.ts";
export { isRole, mayDo, type Role, ROLES } from "./role.ts";
export type { Tokens, TokenStatus, TokenWish } from "./tokens.ts";
