import { existsSync, mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isInstalled, outputOf } from "./process.ts";

/** What a peer of the same run did. */
export interface Measured {
  readonly rate: number;
  readonly rowsPerEvent: number;
}

/** What is measured, here and there. */
export interface Question {
  readonly name: string;
  readonly hosts: number;
  readonly queries: readonly string[];
  /** Events after which every window is full: what is measured begins behind them. */
  readonly full: number;
}

/** Esper 5.2, the engine of Norikra, driven by `bench/esper/esper_bench.java`. */
export class Esper {
  readonly #libraries: string;

  private constructor(libraries: string) {
    this.#libraries = libraries;
  }

  /** Fetches it by Maven, once. Undefined, after saying why, where it cannot be run. */
  static async open(note: (sentence: string) => void): Promise<Esper | undefined> {
    for (const command of ["java", "mvn"]) {
      if (await isInstalled(command)) continue;
      note(`Esper was not measured: ${command} is not installed.`);
      return undefined;
    }
    const folder = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "hotaka", "esper-5.2.0");
    if (!existsSync(folder)) {
      note(`fetching Esper 5.2.0 by Maven into ${folder}`);
      mkdirSync(folder, { recursive: true });
      const args = ["-q", "-B", "-ntp", "-f", "bench/esper/pom.xml", "dependency:copy-dependencies", `-DoutputDirectory=${folder}`];
      try {
        await outputOf("mvn", args, FETCH_MS_MAX);
      } catch (thrown) {
        rmSync(folder, { recursive: true, force: true });
        note(`Esper was not measured: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
        return undefined;
      }
    }
    return new Esper(folder);
  }

  /** Events a second over all queries together, in a process of its own. Undefined, after saying why, when it is not done in time. */
  async measure({ name, hosts, full, queries }: Question, note: (sentence: string) => void): Promise<Measured | undefined> {
    const numbers = [hosts, full, WARM_MS, ROUND_MS, ROUNDS].map(String);
    const java = ["-Xms1g", "-Xmx6g", "-cp", `${this.#libraries}/*`, "bench/esper/esper_bench.java", name, ...numbers, ...queries];
    try {
      const output = await outputOf("java", java, MEASURE_MS_MAX);
      const { rate, rows_per_event: rowsPerEvent } = JSON.parse(output) as { rate: number; rows_per_event: number };
      return { rate, rowsPerEvent };
    } catch (thrown) {
      note(`Esper was not measured on ${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      return undefined;
    }
  }
}

const WARM_MS = 4000;
const ROUND_MS = 1500;
const ROUNDS = 3;
const FETCH_MS_MAX = 300_000;
const MEASURE_MS_MAX = 150_000;
