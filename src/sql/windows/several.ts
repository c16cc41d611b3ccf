import type { Change, StatementEvent, Window } from "../vocabulary.ts";

/** What an intersection and a union of windows share: who is due, and what is saved. */
export abstract class SeveralWindows implements Window {
  protected readonly windows: readonly Window[];

  constructor(windows: readonly Window[]) {
    this.windows = windows;
  }

  abstract update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[];
  abstract contents(): Iterable<StatementEvent>;
  /** One of the windows has moved by itself. */
  protected abstract told(from: Window, change: Change, nowMs: number): readonly Change[];

  start(nowMs: number): void {
    for (const window of this.windows) window.start?.(nowMs);
  }

  nextDueMs(): number | undefined {
    const due = this.windows.map((window) => window.nextDueMs?.()).filter((dueMs) => dueMs !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  fire(nowMs: number): readonly Change[] {
    return this.windows.flatMap((window) => {
      const dueMs = window.nextDueMs?.();
      if (dueMs === undefined || dueMs > nowMs) return [];
      return window.fire!(nowMs).flatMap((change) => this.told(window, change, nowMs));
    });
  }

  finish(): readonly Change[] {
    return this.windows.flatMap((window) => (window.finish?.() ?? []).flatMap((change) => this.told(window, change, 0)));
  }

  size(): number {
    return this.windows.reduce((size, window) => size + window.size(), 0);
  }

  save(): unknown {
    return this.windows.map((window) => window.save());
  }

  restore(saved: unknown): void {
    const states = saved as unknown[];
    this.windows.forEach((window, index) => window.restore(states[index]));
  }
}
