// `npm run wasm` assembles every src/**/NAME.wat into NAME_wasm.ts beside it; with `--check` it writes nothing and fails when one is not up
// to date. The assembled bytes are committed, so that whoever builds Hotaka needs no assembler.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import wabt from "wabt";

const assembler = await wabt();
const isCheck = process.argv.includes("--check");
const stale = [];
for (const file of readdirSync("src", { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".wat")) continue;
  const path = join("src", file);
  const wanted = assembled(path);
  const target = path.replace(/\.wat$/, "_wasm.ts");
  if (existsSync(target) && readFileSync(target, "utf8") === wanted) continue;
  if (!isCheck) writeFileSync(target, wanted);
  stale.push(target);
}
for (const target of stale) console.log(isCheck ? `${target} is not what its source makes.` : `Wrote ${target}.`);
if (isCheck && stale.length > 0) process.exitCode = 1;

/** @param {string} path */
function assembled(path) {
  const source = assembler.parseWat(path, readFileSync(path, "utf8"), { simd: true });
  const { buffer } = source.toBinary({});
  const name = basename(path, ".wat");
  return [
    `/** \`${name}.wat\`, assembled by \`npm run wasm\` and written in base64. */`,
    `export const ${name.toUpperCase()}_WASM =`,
    `  "${Buffer.from(buffer).toString("base64")}";`,
    "",
  ].join("\n");
}
