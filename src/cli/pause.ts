import type { Clock } from "../kit/index.ts";

/** Resolves `delayMs` from now. A timer of a clock keeps no process alive; the port that is listened to meanwhile does. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.on("message", () => {});
    clock.after(delayMs, () => {
      port1.close();
      port2.close();
      resolve();
    });
  });
}
