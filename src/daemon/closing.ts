/** What is to be closed, the last opened first. */
export class Closing {
  #tasks: (() => Promise<void> | void)[] = [];

  add(task: () => Promise<void> | void): void {
    this.#tasks.unshift(task);
  }

  /** Closes all of it, whatever goes wrong on the way, and then rejects with the first thing that did. May be called again. */
  async all(): Promise<void> {
    const tasks = this.#tasks;
    this.#tasks = [];
    const failures: unknown[] = [];
    for (const task of tasks) {
      try {
        await task();
      } catch (thrown) {
        failures.push(thrown);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
