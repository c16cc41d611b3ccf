import type { Change, StatementEvent, Window, WindowForm } from "../vocabulary.ts";
import { SeveralWindows } from "./several.ts";

/**
 * Several windows on one stream: an event is held until the last of them has let it go. One that holds events back has it from the beginning
 * to the end of its batch. As in Esper, a window that refuses an event never lets it go, so that the event stays for ever; one that all of
 * them refuse does not come in, though a batch among them has it.
 */
export function union(forms: readonly WindowForm[]): WindowForm {
  const refuses = forms.some((form) => form.refuses === true);
  return {
    open: (services) =>
      new Union(
        forms.map((form) => form.open(services)),
        refuses,
      ),
    pace: undefined,
    batches: false,
  };
}

class Union extends SeveralWindows {
  readonly #refuses: boolean;
  /** How many of the windows hold an event. */
  #holders = new Map<StatementEvent, number>();

  constructor(windows: readonly Window[], refuses: boolean) {
    super(windows);
    this.#refuses = refuses;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[] {
    for (const event of leaving) this.#holders.delete(event);
    for (const event of arriving) this.#holders.set(event, this.windows.length);
    const answers = this.windows.flatMap((window) => window.update(arriving, leaving, nowMs));
    // A batch that is let go does not count as one that takes the event, unless that stands first in it.
    const refused = this.#refuses ? arriving.filter((event, index) => answers.every(({ entered }) => entered[index] !== event)) : [];
    for (const event of refused) this.#holders.delete(event);
    const gone = this.#letGo(answers.flatMap((answer) => answer.left));
    // As in Esper, what all refuse is given on all the same when others leave.
    const entered = refused.length === 0 || gone.length > 0 ? arriving : arriving.filter((event) => !refused.includes(event));
    return entered.length === 0 && leaving.length + gone.length === 0 ? [] : [{ entered, left: [...leaving, ...gone] }];
  }

  protected told(_from: Window, { left }: Change): readonly Change[] {
    const last = this.#letGo(left);
    return last.length === 0 ? [] : [{ entered: [], left: last }];
  }

  contents(): Iterable<StatementEvent> {
    return this.#holders.keys();
  }

  override size(): number {
    return this.#holders.size;
  }

  override save(): unknown {
    return [this.#holders, super.save()];
  }

  override restore(saved: unknown): void {
    const [holders, windows] = saved as [Map<StatementEvent, number>, unknown];
    this.#holders = holders;
    super.restore(windows);
  }

  /** One window has let these events go; those that no other holds have left, and so have those that all refused while a batch kept them. */
  #letGo(events: readonly StatementEvent[]): StatementEvent[] {
    return events.filter((event) => {
      const holders = this.#holders.get(event) ?? 1;
      if (holders > 1) this.#holders.set(event, holders - 1);
      else this.#holders.delete(event);
      return holders === 1;
    });
  }
}
