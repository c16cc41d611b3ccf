import { describe, expect, test } from "vitest";
import { HotakaError, Steps, VirtualClock } from "./index.ts";

describe("stopping", () => {
  test("waits for every step in hand, and for what it was waiting on in turn", async () => {
    const steps = new Steps(new VirtualClock());
    const [slow, slower] = [gate(), gate()];
    const ended: string[] = [];
    const running = [
      steps.run("slow", async () => {
        await slow.opened;
        ended.push("slow");
      }),
      steps.run("slower", async () => {
        await slower.opened;
        ended.push("slower");
      }),
    ];
    const stopped = steps.stop().then(() => ended.push("stopped"));
    slow.open();
    await running[0];
    expect(ended).toEqual(["slow"]);
    slower.open();
    await stopped;
    expect(ended).toEqual(["slow", "slower", "stopped"]);
  });

  test("refuses a new step and does not run it", async () => {
    const steps = new Steps(new VirtualClock());
    await steps.stop();
    let ran = false;
    const refused = steps.run("the reconcile of table", () => {
      ran = true;
    });
    await expect(refused).rejects.toMatchObject({ code: "HOTAKA_STOPPING", message: expect.stringContaining("the reconcile of table") });
    expect(ran).toBe(false);
  });

  test("tells what waits, at once, by the signal", () => {
    const steps = new Steps(new VirtualClock());
    let told = false;
    steps.signal.addEventListener("abort", () => {
      told = true;
    });
    expect(steps.stopping).toBe(false);
    void steps.stop();
    expect([told, steps.stopping]).toEqual([true, true]);
  });

  test("may be asked for twice: both wait for the same end", async () => {
    const steps = new Steps(new VirtualClock());
    const work = gate();
    let ended = false;
    void steps.run("work", async () => {
      await work.opened;
      ended = true;
    });
    const both = Promise.all([steps.stop(), steps.stop()]);
    work.open();
    await both;
    expect(ended).toBe(true);
  });

  test("is not held up by a step that fails; its caller gets the failure", async () => {
    const steps = new Steps(new VirtualClock());
    const failing = steps.run("failing", () => {
      throw new HotakaError("HOTAKA_DATABASE", "The disk is full.");
    });
    await expect(failing).rejects.toThrow("The disk is full.");
    await expect(steps.stop()).resolves.toBeUndefined();
  });
});

describe("a step that repeats", () => {
  test("comes a period after the start, and then a period after the end of the one before", async () => {
    const clock = new VirtualClock();
    const steps = new Steps(clock);
    const begun: number[] = [];
    let work = gate();
    const step = (): Promise<void> => {
      begun.push(clock.nowMs());
      return work.opened;
    };
    steps.every("tick", 100, step, neverFails);
    clock.advanceTo(99);
    expect(begun).toEqual([]);
    clock.advanceTo(450);
    expect(begun).toEqual([100]);
    const first = work;
    work = gate();
    first.open();
    await turn();
    clock.advanceTo(549);
    expect(begun).toEqual([100]);
    clock.advanceTo(550);
    expect(begun).toEqual([100, 550]);
  });

  test("comes again after a failure, which is handed over", async () => {
    const clock = new VirtualClock();
    const steps = new Steps(clock);
    const failures: unknown[] = [];
    let runs = 0;
    const step = (): void => {
      runs++;
      if (runs === 1) throw new Error("throttled");
    };
    steps.every("tick", 100, step, (thrown) => failures.push(thrown));
    clock.advanceTo(100);
    await turn();
    clock.advanceTo(200);
    await turn();
    expect([runs, failures]).toEqual([2, [new Error("throttled")]]);
  });

  test("that is under way when the daemon stops is finished, and no second one begins", async () => {
    const clock = new VirtualClock();
    const steps = new Steps(clock);
    const work = gate();
    const done: string[] = [];
    const step = async (): Promise<void> => {
      done.push("begun");
      await work.opened;
      done.push("ended");
    };
    steps.every("ten seconds of work", 3000, step, neverFails);
    clock.advanceTo(3000);
    const stopped = steps.stop();
    clock.advanceTo(13_000);
    work.open();
    await stopped;
    await turn();
    clock.advanceTo(60_000);
    await turn();
    expect(done).toEqual(["begun", "ended"]);
  });

  test("does not come any more once cancelled, also when it is cancelled while it runs", async () => {
    const clock = new VirtualClock();
    const steps = new Steps(clock);
    const work = gate();
    let runs = 0;
    const step = (): Promise<void> => {
      runs++;
      return work.opened;
    };
    const timer = steps.every("tick", 100, step, neverFails);
    clock.advanceTo(100);
    timer.cancel();
    work.open();
    await turn();
    clock.advanceTo(1000);
    expect(runs).toBe(1);
  });
});

/** Something to wait for that the test lets go. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** Lets everything that is ready to run do so. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function neverFails(thrown: unknown): never {
  throw new Error("A step failed that should not have.", { cause: thrown });
}
