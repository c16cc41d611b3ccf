import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { VirtualClock, wallClock } from "./index.ts";

describe("the virtual clock", () => {
  test("stands still until it is moved", () => {
    const clock = new VirtualClock(5000);
    expect(clock.nowMs()).toBe(5000);
    clock.advanceTo(6000);
    expect(clock.nowMs()).toBe(6000);
  });

  test("wakes every timer at its own due time, in order, and those due together in the order they were set", () => {
    const clock = new VirtualClock();
    const woken: [string, number][] = [];
    for (const [name, delayMs] of [
      ["late", 300],
      ["first", 100],
      ["second", 100],
      ["not yet", 301],
    ] as const) {
      clock.after(delayMs, () => woken.push([name, clock.nowMs()]));
    }
    clock.advanceTo(300);
    expect(woken).toEqual([
      ["first", 100],
      ["second", 100],
      ["late", 300],
    ]);
  });

  test("wakes a timer that was set by one it woke, when that is due on the way", () => {
    const clock = new VirtualClock();
    const ticks: number[] = [];
    const tick = (): void => {
      ticks.push(clock.nowMs());
      clock.after(10, tick);
    };
    clock.after(10, tick);
    clock.advanceTo(35);
    expect(ticks).toEqual([10, 20, 30]);
  });

  test("does not wake a cancelled timer, also when a timer before it cancels it", () => {
    const clock = new VirtualClock();
    const woken: string[] = [];
    const cancelled = clock.after(20, () => woken.push("cancelled"));
    clock.after(10, () => cancelled.cancel());
    clock.after(30, () => woken.push("kept"));
    clock.advanceTo(100);
    expect(woken).toEqual(["kept"]);
  });

  test("is not moved back", () => {
    const clock = new VirtualClock(100);
    expect(() => clock.advanceTo(99)).toThrow("the virtual clock was moved back from 100 to 99");
  });

  test("stays where a woken timer moved it to", () => {
    const clock = new VirtualClock();
    clock.after(10, () => clock.advanceTo(500));
    clock.advanceTo(20);
    expect(clock.nowMs()).toBe(500);
  });
});

describe("the wall clock", () => {
  const startMs = Date.UTC(2026, 0, 1);

  beforeEach(() => {
    vi.useFakeTimers({ now: startMs, toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  test("tells Unix time in milliseconds", () => {
    expect(wallClock.nowMs()).toBe(startMs);
  });

  test("waits longer than setTimeout can", () => {
    const wake = vi.fn<() => void>();
    const days = 86_400_000;
    wallClock.after(60 * days, wake);
    vi.advanceTimersByTime(60 * days - 1);
    expect(wake).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(wake).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60 * days);
    expect(wake).toHaveBeenCalledTimes(1);
  });

  test("does not wake a cancelled timer", () => {
    const wake = vi.fn<() => void>();
    wallClock.after(1000, wake).cancel();
    vi.advanceTimersByTime(2000);
    expect(wake).not.toHaveBeenCalled();
  });

  test("waits as long as it was told although somebody sets the clock back meanwhile", () => {
    const wake = vi.fn<() => void>();
    const days = 86_400_000;
    wallClock.after(30 * days, wake);
    vi.setSystemTime(startMs - 365 * days);
    vi.advanceTimersByTime(30 * days);
    expect(wake).toHaveBeenCalledTimes(1);
  });
});
