import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type ObeyedSignal, obeySignals } from "./signals.ts";

/** A process that is only asked to exit, and work whose steps end when the test says so. */
class Scene extends EventEmitter {
  readonly exits: number[] = [];
  readonly said: string[] = [];
  readonly began: string[] = [];
  readonly #ends: { resolve: () => void; reject: (reason: Error) => void }[] = [];
  readonly forget: () => void;

  constructor() {
    super();
    const begin = (what: string): Promise<void> => {
      this.began.push(what);
      return new Promise((resolve, reject) => {
        this.#ends.push({ resolve, reject });
      });
    };
    this.forget = obeySignals(this, {
      stop: (signal) => begin(`stop at ${signal}`),
      reload: () => begin("reload"),
      failed: (sentence) => void this.said.push(sentence),
    });
  }

  exit(code: number): void {
    this.exits.push(code);
  }

  signal(...signals: ObeyedSignal[]): void {
    for (const signal of signals) this.emit(signal, signal);
  }

  async end(reason?: Error): Promise<void> {
    const ending = this.#ends.shift();
    if (reason === undefined) ending?.resolve();
    else ending?.reject(reason);
    await setImmediate();
  }
}

describe.each(["SIGINT", "SIGTERM", "SIGQUIT"] as const)("%s", (signal) => {
  test("lets the work finish and exits with 0", async () => {
    const scene = new Scene();
    scene.signal(signal);
    expect(scene.began).toEqual([`stop at ${signal}`]);
    expect(scene.exits).toEqual([]);
    await scene.end();
    expect(scene.exits).toEqual([0]);
  });

  test("as the second one exits at once and not with 0", () => {
    const scene = new Scene();
    scene.signal("SIGTERM", signal);
    expect(scene.began).toEqual(["stop at SIGTERM"]);
    expect(scene.exits).toEqual([128 + { SIGINT: 2, SIGTERM: 15, SIGQUIT: 3 }[signal]]);
  });
});

test("a stop that fails says so and exits with 1", async () => {
  const scene = new Scene();
  scene.signal("SIGTERM");
  await scene.end(new Error("the disk is full"));
  expect(scene.said).toEqual(["stopping failed: the disk is full"]);
  expect(scene.exits).toEqual([1]);
});

describe("SIGHUP", () => {
  test("reads the settings again; those that come meanwhile are one more reading", async () => {
    const scene = new Scene();
    scene.signal("SIGHUP", "SIGHUP", "SIGHUP");
    expect(scene.began).toEqual(["reload"]);
    await scene.end();
    expect(scene.began).toEqual(["reload", "reload"]);
    await scene.end();
    expect(scene.began).toHaveLength(2);
    expect(scene.exits).toEqual([]);
  });

  test("that finds bad settings says why, and the next one is obeyed all the same", async () => {
    const scene = new Scene();
    scene.signal("SIGHUP");
    await scene.end(new Error("hotaka.yaml:1:1 is wrong"));
    expect(scene.said).toEqual(["hotaka.yaml:1:1 is wrong"]);
    scene.signal("SIGHUP");
    expect(scene.began).toEqual(["reload", "reload"]);
  });

  test("is finished before a stop begins, and begins nothing once stopping", async () => {
    const scene = new Scene();
    scene.signal("SIGHUP", "SIGTERM", "SIGHUP");
    await scene.end();
    expect(scene.began).toEqual(["reload", "stop at SIGTERM"]);
    await scene.end();
    expect(scene.exits).toEqual([0]);
  });
});

test("signals are left alone once they are forgotten", () => {
  const scene = new Scene();
  scene.forget();
  scene.signal("SIGTERM", "SIGHUP");
  expect(scene.began).toEqual([]);
});
