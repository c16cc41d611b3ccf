import type { Plan } from "./plan.ts";

/**
 * What keeps a query from letting groups make room for others, as a piece of a sentence; undefined where nothing does. What is held elsewhere
 * for a group would stay behind, or would be given as if the group had never gone.
 */
export function obstacleToEviction({ streams, limiter, keys }: Plan): string | undefined {
  const [stream] = streams;
  if (streams.length > 1) return "a join";
  if (stream?.pattern !== undefined) return "a pattern";
  if (stream?.rowPattern !== undefined) return "MATCH_RECOGNIZE";
  if (limiter !== undefined) return "OUTPUT";
  const forms = stream?.views.map(({ form }) => form) ?? [];
  if (keys.length > 0 && forms.some(({ gives }) => gives !== undefined)) return "GROUP BY over a view that derives values";
  const data = forms.filter(({ gives }) => gives === undefined);
  const isDivided = data.some(({ around }) => around !== undefined);
  return !isDivided && data.length > 1 && data.some(({ keyed }) => keyed === true) ? "a window of keys beside another window" : undefined;
}
