// `npm run check`: every check that is not a test of behaviour, each on one line; the output of one that fails follows its line.
// All of them run, whatever failed before, so that one run shows everything there is to mend.

import { spawnSync } from "node:child_process";

const CHECKS = [
  { name: "format", command: "oxfmt --check .", mend: "npm run format" },
  { name: "lint", command: "oxlint" },
  { name: "types", command: "tsc -p tsconfig.json" },
  { name: "house rules", command: "vitest run --reporter=dot test/house" },
  { name: "unused code", command: "knip --no-progress" },
  { name: "assembled code up to date", command: "node scripts/wasm.mjs --check", mend: "npm run wasm" },
  { name: "manual up to date", command: "npm run --silent docs -- --check", mend: "npm run docs" },
];

const failed = CHECKS.filter((check) => !passes(check));
if (failed.length === 0) {
  console.log("All checks passed.");
} else {
  console.log(`Failed: ${failed.map((check) => check.name).join(", ")}.`);
  process.exitCode = 1;
}

/** @param {{ name: string, command: string, mend?: string }} check */
function passes({ name, command, mend }) {
  const startMs = Date.now();
  // npm puts node_modules/.bin on the PATH of its scripts; the shell is only there to look the command up.
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok    " : "FAILED"}  ${name} (${seconds} s)`);
  if (status === 0) return true;
  console.log(`${stdout}${stderr}`.trimEnd());
  if (mend !== undefined) console.log(`\`${mend}\` mends this.`);
  return false;
}
