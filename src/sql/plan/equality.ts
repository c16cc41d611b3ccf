import { type Expression, partsOf } from "./expression.ts";

/** Two expressions of which each reads one stream, and which must be equal: what events of streams are found by. */
export interface StreamEquality {
  readonly left: StreamSide;
  readonly right: StreamSide;
  /** Null is equal to null, as where ON joins. */
  readonly nulls: boolean;
}

interface StreamSide {
  readonly stream: number;
  readonly expression: Expression;
}

/** The equalities between streams among the conditions that all must hold. Equality of a long with a double, say, cannot be looked up. */
export function equalitiesOf(condition: Expression | undefined): StreamEquality[] {
  if (condition === undefined) return [];
  if (condition.op === "and") return condition.parts.flatMap(equalitiesOf);
  if (condition.op !== "call" || condition.args.length !== 2) return [];
  const { name } = condition.operation;
  if (name !== "=" && name !== JOINED_EQUAL) return [];
  const [left, right] = condition.args.map((expression) => ({ stream: streamOf(expression), expression }));
  if (left?.stream === undefined || right?.stream === undefined || left.stream === right.stream) return [];
  return [{ left: { ...left, stream: left.stream }, right: { ...right, stream: right.stream }, nulls: name === JOINED_EQUAL }];
}

/** The equality of ON, by which an index finds what is joined. */
export const JOINED_EQUAL = "joined =";

/** The one stream that an expression reads; undefined when it reads none or several. */
function streamOf(expression: Expression): number | undefined {
  const streams = new Set<number>();
  const visit = (part: Expression): void => {
    if (part.op === "field") streams.add(part.stream);
    partsOf(part).forEach(visit);
  };
  visit(expression);
  return streams.size === 1 ? [...streams][0] : undefined;
}
