import { type Change, NO_CHANGE, type StatementEvent, type Window, type WindowForm } from "../vocabulary.ts";
import { SeveralWindows } from "./several.ts";

/** Several windows on one stream, of which each may let an event go: only what all of them hold is held. */
export function intersection(forms: readonly WindowForm[]): WindowForm {
  const batch = forms.findIndex(({ batches, gathers }) => batches === true || gathers === true);
  return {
    open: (services) => {
      const windows = forms.map((form) => form.open(services));
      if (batch !== -1) return new BatchOfIntersection(windows, batch);
      return forms.some(({ refuses }) => refuses === true) ? new RefusingIntersection(windows) : new Intersection(windows);
    },
    pace: undefined,
    ...(forms[batch]?.batches === true ? { batches: true } : {}),
  };
}

/** All windows are told of what comes; then each is told of what the others have let go or not taken. */
class Intersection extends SeveralWindows {
  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[] {
    const answers = this.windows.map((window) => merged(window.update(arriving, leaving, nowMs)));
    const refused = new Set(arriving.filter((event) => answers.some(({ entered }) => !entered.has(event))));
    const left = new Set([...leaving, ...answers.flatMap((answer) => [...answer.left])]);
    const out = [...new Set([...left, ...refused])];
    for (const [index, window] of this.windows.entries()) {
      const own = answers[index]!;
      const others = out.filter((event) => !own.left.has(event) && (!refused.has(event) || own.entered.has(event)));
      if (others.length > 0) window.update([], others, nowMs);
    }
    return this.givenOn(arriving, left, refused);
  }

  /** What is given on of the events that arrive, where windows let go of some and refuse others. */
  protected givenOn(
    arriving: readonly StatementEvent[],
    left: ReadonlySet<StatementEvent>,
    _refused: ReadonlySet<StatementEvent>,
  ): readonly Change[] {
    return change(arriving, [...left]);
  }

  protected told(from: Window, { entered, left }: Change, nowMs: number): readonly Change[] {
    for (const window of this.windows) if (window !== from) window.update([], left, nowMs);
    return change(entered, left);
  }

  contents(): Iterable<StatementEvent> {
    return this.windows[0]!.contents();
  }
}

/**
 * One of the windows takes only some events. Where one that it refuses makes another window let go of an event, Esper lets both go, though the
 * one has never come in; and what a window lets go of at once comes in nowhere.
 */
class RefusingIntersection extends Intersection {
  protected override givenOn(
    arriving: readonly StatementEvent[],
    left: ReadonlySet<StatementEvent>,
    refused: ReadonlySet<StatementEvent>,
  ): readonly Change[] {
    return change(
      arriving.filter((event) => !refused.has(event) && !left.has(event)),
      left.size === 0 ? [] : [...refused, ...[...left].filter((event) => !refused.has(event))],
    );
  }
}

/**
 * One of the windows gathers what one of the others takes. What it gives on, a batch or what came in its time, the others forget.
 */
class BatchOfIntersection extends SeveralWindows {
  readonly #batch: Window;
  readonly #keepers: readonly Window[];

  constructor(windows: readonly Window[], batch: number) {
    super(windows);
    this.#batch = windows[batch]!;
    this.#keepers = windows.filter((window) => window !== this.#batch);
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[] {
    const gone = new Set<StatementEvent>(leaving);
    const taken = new Set<StatementEvent>();
    for (const keeper of this.#keepers) {
      const { entered, left } = merged(keeper.update(arriving, leaving, nowMs));
      for (const event of left) gone.add(event);
      for (const event of entered) taken.add(event);
    }
    const kept = arriving.filter((event) => !gone.has(event) && taken.has(event));
    const earlier = [...gone].filter((event) => !arriving.includes(event));
    const changes = [...(earlier.length > 0 ? this.#batch.update([], earlier, nowMs) : []), ...this.#batch.update(kept, [], nowMs)];
    return changes.flatMap((batch) => this.told(this.#batch, batch, nowMs));
  }

  protected told(from: Window, { entered, left, ...more }: Change, nowMs: number): readonly Change[] {
    if (from !== this.#batch) {
      this.#batch.update([], left, nowMs);
      return NO_CHANGE;
    }
    for (const keeper of this.#keepers) {
      const held = new Set(keeper.contents());
      const released = entered.filter((event) => held.has(event));
      keeper.update([], released, nowMs);
    }
    return [{ entered, left, ...more }];
  }

  contents(): Iterable<StatementEvent> {
    return this.#batch.contents();
  }

  given(): Iterable<StatementEvent> {
    return this.#batch.given?.() ?? [];
  }
}

function merged(changes: readonly Change[]): { readonly entered: Set<StatementEvent>; readonly left: Set<StatementEvent> } {
  return { entered: new Set(changes.flatMap(({ entered }) => entered)), left: new Set(changes.flatMap(({ left }) => left)) };
}

function change(entered: readonly StatementEvent[], left: readonly StatementEvent[]): readonly Change[] {
  return entered.length === 0 && left.length === 0 ? [] : [{ entered, left }];
}
