import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why rsyslog cannot be tested here, as a sentence; undefined when it can. */
export function whyNoRsyslog(): string | undefined {
  return spawnSync("rsyslogd", ["-v"], { stdio: "ignore" }).status === 0 ? undefined : "rsyslog is not installed";
}

/** An rsyslog of its own in a folder of its own, which sends on what it reads from a file. */
export class Rsyslog {
  readonly #folder = mkdtempSync(join(tmpdir(), "hotaka-rsyslog-"));
  #child: ChildProcess | undefined;

  /** Starts one that sends these lines on, by the action `omfwd` with these parameters. */
  start(lines: string, parameters: string): void {
    const [config, log] = [join(this.#folder, "rsyslog.conf"), join(this.#folder, "log")];
    writeFileSync(log, lines);
    writeFileSync(
      config,
      `global(workDirectory="${this.#folder}")
module(load="imfile")
input(type="imfile" File="${log}" Tag="app:" Severity="warning" Facility="local3" freshStartTail="off")
action(type="omfwd" ${parameters})
`,
    );
    this.#child = spawn("rsyslogd", ["-n", "-f", config, "-i", join(this.#folder, "pid")], { stdio: "ignore" });
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
