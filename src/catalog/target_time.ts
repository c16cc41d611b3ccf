/** How a target keeps time. */
export interface TargetTime {
  /**
   * `event`: its clock is that of its events, each of which carries its time. `arrival`: an event is of the moment in which it arrived, and
   * time goes on by the wall clock whether events come or not.
   */
  readonly clock: "event" | "arrival";
  /** How long a straggler is waited for, in ms; rows are handed on that much later. 0 waits for none. */
  readonly lateness_max_ms: number;
  /** Rows that may wait for stragglers; when there are more the oldest go before their time. */
  readonly held_events_max: number;
  /** A record dated further ahead of the wall clock is refused, for its one wrong clock would make all others late. undefined refuses none. */
  readonly future_max_ms: number | undefined;
  /** After so much silence time goes on without events. undefined: never (a replay). Without meaning where the clock is `arrival`. */
  readonly idle_after_ms: number | undefined;
}

/** For events that carry their time and come as they happen: none is waited for, and an hour of clock skew is no reason to refuse one. */
export const DEFAULT_TARGET_TIME: TargetTime = {
  clock: "event",
  lateness_max_ms: 0,
  held_events_max: 1_000_000,
  future_max_ms: 3_600_000,
  idle_after_ms: 5000,
};

/** For events of any shape, which nobody has told where to find their time: as Norikra has it. */
export const ARRIVAL_TARGET_TIME: TargetTime = { ...DEFAULT_TARGET_TIME, clock: "arrival" };

/** For logs of another day: the wall clock says nothing about them. */
export const REPLAY_TARGET_TIME: TargetTime = { ...DEFAULT_TARGET_TIME, future_max_ms: undefined, idle_after_ms: undefined };
