// `npm test`: builds (the end-to-end tests run the real binary), runs every test and ends with `N passed, N failed`, whatever happens
// on the way: a build that fails, a file that cannot be imported, a vitest that dies or hangs count as one failure each.
// Arguments are passed on to vitest: `npm test -- src/sql -t "closes on the wall"`.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// A run takes some minutes; on a machine that many share it was seen to take ten times as long. This is for one that hangs.
const RUN_MINUTES_MAX = 60;

const folder = mkdtempSync(join(tmpdir(), "hotaka-test-"));
try {
  const { passed, failed, skipped } = build() ? await run(join(folder, "report.json")) : { passed: 0, failed: 1, skipped: 0 };
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function build() {
  const { status } = spawnSync("npm run --silent build", { shell: true, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) console.log("The build failed, so no test was run.");
  return status === 0;
}

/** @param {string} reportPath */
async function run(reportPath) {
  const vitest = spawn(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${reportPath}`,
      ...process.argv.slice(2),
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  let hung = false;
  const limit = setTimeout(() => {
    hung = true;
    vitest.kill("SIGKILL");
  }, RUN_MINUTES_MAX * 60_000);
  // A Ctrl-C reaches vitest too, as it is of the same process group; this process outlives it, to say how far it came.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => vitest.kill());
  const [status, signal] = await once(vitest, "close");
  clearTimeout(limit);

  const counts = countsOf(reportPath);
  if (status !== 0 && counts.failed === 0) {
    const how = hung
      ? `hung for ${RUN_MINUTES_MAX} minutes and was killed`
      : signal
        ? `was ended by ${signal}`
        : `ended with status ${status}`;
    console.log(`vitest ${how} although no test failed; that counts as one failure. The lines above say more.`);
    counts.failed = 1;
  }
  return counts;
}

/**
 * The numbers of vitest's JSON report; all zero when there is none. A file that broke before its first test counts as one failure.
 * @param {string} reportPath
 */
function countsOf(reportPath) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  /** @type {import("vitest/node").JsonTestResults} */
  let report;
  try {
    report = JSON.parse(readFileSync(reportPath, "utf8"));
  } catch {
    return counts;
  }
  for (const file of report.testResults) {
    let failedHere = 0;
    for (const test of file.assertionResults) {
      if (test.status === "passed") counts.passed++;
      else if (test.status === "failed") failedHere++;
      else counts.skipped++;
    }
    counts.failed += file.status === "failed" ? Math.max(failedHere, 1) : failedHere;
  }
  return counts;
}
