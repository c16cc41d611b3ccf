import type { Change, StatementEvent, Window, WindowForm } from "../vocabulary.ts";

/** A view that derives values from what a window holds. */
export function derivedFrom(window: WindowForm, derived: WindowForm): WindowForm {
  return { ...derived, open: (services) => new DerivedFrom(window.open(services), derived.open(services)) };
}

class DerivedFrom implements Window {
  readonly #window: Window;
  readonly #derived: Window;

  constructor(window: Window, derived: Window) {
    this.#window = window;
    this.#derived = derived;
  }

  start(nowMs: number): void {
    this.#window.start?.(nowMs);
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[] {
    return this.#derive(this.#window.update(arriving, leaving, nowMs), nowMs);
  }

  nextDueMs(): number | undefined {
    return this.#window.nextDueMs?.();
  }

  fire(nowMs: number): readonly Change[] {
    return this.#derive(this.#window.fire!(nowMs), nowMs);
  }

  finish(): readonly Change[] {
    const changes = this.#window.finish?.() ?? [];
    return this.#derive(changes, changes[0]?.endMs ?? 0);
  }

  contents(): Iterable<StatementEvent> {
    return this.#derived.contents();
  }

  size(): number {
    return this.#window.size();
  }

  save(): unknown {
    return [this.#window.save(), this.#derived.save()];
  }

  restore(saved: unknown): void {
    const [window, derived] = saved as [unknown, unknown];
    this.#window.restore(window);
    this.#derived.restore(derived);
  }

  #derive(changes: readonly Change[], nowMs: number): Change[] {
    return changes.flatMap(({ entered, left, endMs }) =>
      this.#derived.update(entered, left, nowMs).map((derived) => (endMs === undefined ? derived : { ...derived, endMs })),
    );
  }
}
