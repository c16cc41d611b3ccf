import { type Expression, partsOf } from "./expression.ts";
import type { JoinPlan } from "./plan.ts";

/** A stream in the order in which an event of another is joined: beside an event of it stand those of its branches. */
export interface OuterTree {
  readonly stream: number;
  readonly branches: readonly OuterBranch[];
}

interface OuterBranch extends OuterTree {
  /** The join whose ON leads to the stream. */
  readonly join: number;
  /** Where nothing is found, the event before it is not joined either; otherwise it stands with nothing beside it. */
  readonly required: boolean;
}

/**
 * Esper joins three and more streams of which some are joined outer from the event that moved: along ON to the streams beside its own, from
 * those to the next. A stream is required where it is kept whole beside the one before it, or joined inner; it is optional where the one
 * before it is kept whole. That differs from SQL, which joins left to right, where a RIGHT or FULL join follows another.
 *
 * The tree for each stream; undefined for two streams, for inner joins alone, and where ON is not about a stream and one before it: there,
 * and where Esper finds no way to all streams, joins are worked out as they are written.
 *
 * After Esper 5.2, `NStreamOuterQueryPlanBuilder`.
 */
export function outerTreesOf(joins: readonly JoinPlan[]): readonly OuterTree[] | undefined {
  if (joins.length < 2 || joins.every(({ type }) => type === "inner")) return undefined;
  const links = joins.map(linkOf);
  if (links.includes(undefined)) return undefined;
  const trees = [0, ...links.map((_link, join) => join + 1)].map((root) => treeFrom(root, links as Link[]));
  return trees.every((tree) => sizeOf(tree) === trees.length) ? trees : undefined;
}

/** Two streams that ON joins. */
interface Link {
  readonly join: number;
  readonly type: JoinPlan["type"];
  readonly low: number;
  readonly high: number;
}

function linkOf({ type, on }: JoinPlan, join: number): Link | undefined {
  const streams = new Set<number>();
  const visit = (part: Expression): void => {
    if (part.op === "field" || part.op === "event") streams.add(part.stream);
    partsOf(part).forEach(visit);
  };
  if (on !== undefined) visit(on);
  const [low, high] = [...streams].toSorted((a, b) => a - b);
  return low === undefined || high !== join + 1 || streams.size > 2 ? undefined : { join, type, low, high };
}

function treeFrom(root: number, links: readonly Link[]): OuterTree {
  const done = new Set<number>();
  const grow = (stream: number): OuterTree => {
    done.add(stream);
    const open = links.filter(({ low, high }) => (low === stream && !done.has(high)) || (high === stream && !done.has(low)));
    const other = ({ low, high }: Link): number => (low === stream ? high : low);
    const optional = open.filter((link) => keepsWhole(link, stream) && !reachesInner(other(link), links, done));
    const required = open.filter((link) => !optional.includes(link) && (link.type === "inner" || keepsWhole(link, other(link))));
    for (const link of required) done.add(other(link));
    const branch = (link: Link, isRequired: boolean): OuterBranch => ({ ...grow(other(link)), join: link.join, required: isRequired });
    return { stream, branches: [...required.map((link) => branch(link, true)), ...optional.map((link) => branch(link, false))] };
  };
  return grow(root);
}

/** Whether the join keeps the events of the stream that find nothing. */
function keepsWhole({ type, low }: Link, stream: number): boolean {
  return type === "full" || (type !== "inner" && (type === "left") === (stream === low));
}

/** Whether a stream, or one that is reached from it, is joined inner: then nothing can stand in its place. */
function reachesInner(stream: number, links: readonly Link[], done: ReadonlySet<number>): boolean {
  const own = links.filter(({ low, high }) => low === stream || high === stream);
  if (own.some(({ type }) => type === "inner")) return true;
  const seen = new Set([...done, stream]);
  return own.some(({ low, high }) => {
    const next = low === stream ? high : low;
    return !seen.has(next) && reachesInner(next, links, seen);
  });
}

function sizeOf({ branches }: OuterTree): number {
  return branches.reduce((size, branch) => size + sizeOf(branch), 1);
}
