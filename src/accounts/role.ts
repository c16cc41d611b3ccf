/**
 * What somebody may do; each may do what those before it may. `read` sees everything but tokens and what people did; `operate` sends events
 * and changes targets, queries and blocks; `admin` gives and revokes tokens.
 */
export const ROLES = ["read", "operate", "admin"] as const;

export type Role = (typeof ROLES)[number];

/** Whether who has the role `held` may do what takes the role `wanted`. */
export function mayDo(held: Role, wanted: Role): boolean {
  return ROLES.indexOf(held) >= ROLES.indexOf(wanted);
}

/** Whether a text is one of `ROLES`. */
export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}
