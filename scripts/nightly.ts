// What takes too long for every change: `npm run nightly`. A million texts through the parser, and the property tests with many runs.
//
//   npm run nightly                          all of it, with a seed of its own, which is printed
//   npm run nightly -- --seed 7 --from 4200  the texts of that seed again, from that one on
//   npm run nightly -- --seed 7 --texts 0    the property tests alone, of that seed; --runs 0 the texts alone
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { Progress, TextsWanted } from "./nightly_texts.ts";

/** No text takes so long: one that does hangs. */
const HANG_MS = 30_000;
const TEST_MS_MAX = 4 * 3_600_000;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000_007) },
    from: { type: "string", default: "0" },
    texts: { type: "string", default: "1000000" },
    runs: { type: "string", default: "20000" },
  },
});
const wanted = { seed: Number(values.seed), from: Number(values.from), texts: Number(values.texts), runs: Number(values.runs) };
if (!Object.values(wanted).every((number) => Number.isSafeInteger(number) && number >= 0)) {
  console.error("nightly: --seed, --from, --texts and --runs take whole numbers, 0 or more.");
  process.exit(2);
}

const failed = [(await parseTexts()) ? [] : ["texts"], testProperties() ? [] : ["property tests"]].flat();
console.log(failed.length === 0 ? "nightly: all passed" : `nightly: FAILED: ${failed.join(" and ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** True when every text was read or refused as it should be, none of them slowly. A thread does it, for a hang cannot watch itself. */
async function parseTexts(): Promise<boolean> {
  const { seed, from, texts } = wanted;
  if (texts === 0) return true;
  console.log(`nightly: ${texts} texts from ${from}, seed ${seed}`);
  const workerData: TextsWanted = { seed, from, to: from + texts };
  const worker = new Worker(new URL("nightly_texts.js", import.meta.url), { workerData });
  let at = from;
  let movedMs = performance.now();
  return new Promise((done) => {
    const end = (passed: boolean): void => {
      clearInterval(watch);
      void worker.terminate();
      done(passed);
    };
    const watch = setInterval(() => {
      if (performance.now() - movedMs < HANG_MS) return;
      console.error(`nightly: no text was done for ${HANG_MS / 1000} s. Again: npm run nightly -- --seed ${seed} --from ${at}`);
      end(false);
    }, 1000);
    worker.on("message", (progress: Progress) => {
      if (progress.at !== undefined) [at, movedMs] = [progress.at, performance.now()];
      if (progress.told !== undefined) console.log(progress.told);
      if (progress.passed !== undefined) end(progress.passed);
    });
    worker.on("error", (thrown) => {
      console.error(`nightly: behind text ${at} of seed ${seed}:`, thrown);
      end(false);
    });
  });
}

function testProperties(): boolean {
  const { runs, seed } = wanted;
  if (runs === 0) return true;
  console.log(`nightly: property tests with ${runs} runs each, seed ${seed}; one that fails prints the path of what it found`);
  const folder = mkdtempSync(join(tmpdir(), "hotaka-nightly-"));
  const report = join(folder, "report.json");
  const vitest = ["vitest", "run", "--project", "all", ".prop.test.ts", "--testTimeout", String(TEST_MS_MAX)];
  const reporters = ["--reporter", "default", "--reporter", "json", "--outputFile", report];
  const env = { ...process.env, PROPERTY_RUNS: String(runs), PROPERTY_SEED: String(seed % 2 ** 31) };
  const startMs = performance.now();
  const { status } = spawnSync("npx", [...vitest, ...reporters], { stdio: "inherit", env });
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  console.log(`nightly: ${countsIn(report)} of ${runs} runs each in ${seconds} s, seed ${seed}`);
  rmSync(folder, { recursive: true });
  return status === 0;
}

function countsIn(report: string): string {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
    return `${numPassedTests} property tests passed, ${numFailedTests} failed,`;
  } catch {
    return "the property tests came to no end,";
  }
}
