/**
 * Signals the group of processes that `pid` leads: a program that was started `detached`, and all that it started. A shell that ends leaves
 * its own children behind, which hold its pipes. Undefined, or a group that has ended, is no fault.
 */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of them have ended by themselves.
  }
}
