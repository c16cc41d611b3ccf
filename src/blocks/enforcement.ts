import type { ItemState } from "../keep/index.ts";

/** A place where blocks take effect, as far as the block list must know it. */
export interface EnforcementPoint {
  readonly name: string;
  /** How a block stands there; undefined when it has not been heard of yet. */
  stateOf(cidr: string): ItemState | undefined;
}

/** How one block stands at one place. */
export interface Enforcement extends ItemState {
  readonly point: string;
}

export function enforcementOf(cidr: string, point: EnforcementPoint, sinceMs: number): Enforcement {
  return { point: point.name, ...(point.stateOf(cidr) ?? { state: "pending", why: undefined, sinceMs }) };
}
