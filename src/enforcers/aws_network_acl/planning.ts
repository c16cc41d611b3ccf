import type { EnforcerChange } from "../../component/index.ts";
import { type Acl, type Band, type Entry, isOwn } from "./acl.ts";
import type { Placement } from "./placement.ts";

/** One call that changes an ACL. */
export interface AclChange extends EnforcerChange {
  readonly kind: "create" | "replace" | "delete";
  readonly aclId: string;
  readonly number: number;
  /** What is to be denied there; undefined for `delete`. */
  readonly cidr: string | undefined;
}

/**
 * The calls that bring an ACL to its placement. What is to go is replaced by what is to come where that is of the same family: one call
 * with no gap, which no quota can refuse. What cannot be is deleted before anything is created, so that there is room. Pure.
 */
export function planAcl({ numbers }: Placement, acl: Acl, band: Band): AclChange[] {
  const own = new Map(acl.entries.filter((entry) => isOwn(entry, acl, band)).map((entry) => [entry.number, entry]));
  const isRight = (entry: Entry): boolean =>
    numbers.get(entry.cidr.toString()) === entry.number && entry.action === "deny" && entry.protocol === "-1";
  const replaces: AclChange[] = [];
  const creates: AclChange[] = [];
  const leaving = new Map([...own].filter(([, entry]) => !isRight(entry)));
  for (const [cidr, number] of [...numbers].toSorted(([, a], [, b]) => a - b)) {
    const standing = own.get(number);
    if (standing !== undefined && isRight(standing)) continue;
    const change = { aclId: acl.id, number, cidr };
    if (standing?.cidr.family === (cidr.includes(":") ? 6 : 4)) {
      leaving.delete(number);
      const gone = standing.cidr.toString();
      const sentence = `replace ${shown(standing)} by deny ${cidr} as rule ${number} of ${acl.id}`;
      replaces.push({ ...change, kind: "replace", cidrs: gone === cidr ? [cidr] : [cidr, gone], sentence });
    } else creates.push({ ...change, kind: "create", cidrs: [cidr], sentence: `add deny ${cidr} as rule ${number} of ${acl.id}` });
  }
  const deletes = [...leaving.values()].map((entry): AclChange => {
    const cidr = entry.cidr.toString();
    const sentence = `remove ${shown(entry)}, rule ${entry.number} of ${acl.id}`;
    return { kind: "delete", aclId: acl.id, number: entry.number, cidr: undefined, cidrs: [cidr], sentence };
  });
  return [...replaces, ...deletes, ...creates];
}

function shown({ action, cidr }: Entry): string {
  return `${action} ${cidr.toString()}`;
}
