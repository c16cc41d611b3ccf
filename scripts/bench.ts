// `npm run bench`: measures, and prints one line a figure: name, value, unit, peer, ratio. `npm run bench -- NAME` runs one bench, or
// the figures of it that begin so: `-- engine/q1`. `-- --json` prints one JSON object a line. What could not be measured is said on stderr.

import type { Bench, Figure } from "../bench/figure.ts";
import { blocks } from "../bench/blocks.bench.ts";
import { collect } from "../bench/collect.bench.ts";
import { engine } from "../bench/engine.bench.ts";
import { ingest } from "../bench/ingest.bench.ts";
import { outputs } from "../bench/outputs.bench.ts";
import { replay } from "../bench/replay.bench.ts";

const BENCHES: readonly Bench[] = [blocks, collect, engine, ingest, outputs, replay];

const names = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const asJson = process.argv.includes("--json");
const unknown = names.filter((name) => !BENCHES.some((bench) => bench.name === name.split("/")[0]));
if (unknown.length > 0) {
  console.error(`There is no bench "${unknown[0]}". Benches: ${BENCHES.map(({ name }) => name).join(", ")}.`);
  process.exitCode = 1;
} else {
  for (const bench of BENCHES) {
    if (names.length > 0 && !names.some((name) => name.split("/")[0] === bench.name)) continue;
    const wants = (figure: string): boolean => names.length === 0 || names.some((name) => name === bench.name || figure.startsWith(name));
    const figures = await bench.run((sentence) => console.error(`${bench.name}: ${sentence}`), wants);
    for (const figure of figures) console.log(asJson ? JSON.stringify(figure) : lineOf(figure));
  }
}

function lineOf({ name, value, unit, peer, ratio }: Figure): string {
  const shown = value >= 1000 ? Math.round(value).toLocaleString("en-US") : value.toFixed(1);
  return [
    name.padEnd(36),
    shown.padStart(14),
    unit.padEnd(9),
    (peer ?? "-").padEnd(20),
    ratio === undefined ? "-" : `${ratio.toFixed(2)}x`,
  ].join(" ");
}
