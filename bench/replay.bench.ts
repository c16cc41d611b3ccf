// How many lines of an access log does `hotaka replay` watch in a second, start-up and all checks included, and in how much memory?

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FLOOD_REQUESTS, writeBusyLog } from "./busy_log.ts";
import { type Bench, type Figure, median } from "./figure.ts";
import { isInstalled, peakResidentBytes, type Run, runMeasured } from "./process.ts";

export const replay: Bench = {
  name: "replay",
  async run(note) {
    const folder = mkdtempSync(join(tmpdir(), "hotaka-bench-"));
    try {
      return await measured(join(folder, "access.log"), note);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measured(log: string, note: (sentence: string) => void): Promise<Figure[]> {
  const { lines, floods } = writeBusyLog(log, LINES);
  note(`${lines} lines, ${(statSync(log).size / 1e6).toFixed(0)} MB, ${floods.length} floods; ${ROUNDS} rounds, interleaved; medians`);
  const contestants = [{ name: "hotaka", command: process.execPath, args: replayArgs(log) }];
  for (const { name, command, args } of PEERS) {
    if (await isInstalled(command)) contestants.push({ name, command, args: [...args, log] });
    else note(`${name} was not measured: ${command} is not installed.`);
  }
  const runs = new Map<string, Run[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, command, args } of contestants) runs.get(name)!.push(await runMeasured(command, args));
  }
  for (const { stdout } of runs.get("hotaka")!) assertFound(stdout, floods);
  const figures = ["cpu", "wall"].flatMap((clock) => lineFigures(clock === "cpu", lines, runs));
  const bytes = await peakResidentBytes(process.execPath, replayArgs(log));
  if (bytes === undefined) note("memory was not measured: this system has no /proc.");
  else figures.push({ name: "replay/peak_resident", value: bytes / 1e6, unit: "MB", peer: "aim of 150 MB", ratio: 150e6 / bytes });
  return figures;
}

function lineFigures(ofCpu: boolean, lines: number, runs: ReadonlyMap<string, readonly Run[]>): Figure[] {
  const name = ofCpu ? "lines_per_cpu_second" : "lines_per_second";
  const rate = (contestant: string): number =>
    lines / median(runs.get(contestant)!.map(({ cpuSeconds, wallSeconds }) => (ofCpu ? cpuSeconds : wallSeconds)));
  const own = rate("hotaka");
  const figures: Figure[] = [{ name: `replay/${name}`, value: own, unit: "lines/s" }];
  for (const peer of runs.keys()) {
    if (peer !== "hotaka")
      figures.push({
        name: `replay/${name}`,
        value: own,
        unit: "lines/s",
        peer: `${peer} ${Math.round(rate(peer))}`,
        ratio: own / rate(peer),
      });
  }
  return figures.length > 1 ? figures.slice(1) : figures;
}

/** A fast answer that is wrong is no figure. */
function assertFound(stdout: string, floods: readonly string[]): void {
  const found = stdout
    .trim()
    .split("\n")
    .filter((line) => line !== "").length;
  if (found !== floods.length) throw new Error(`hotaka replay found ${found} floods; there are ${floods.length}.`);
}

function replayArgs(log: string): string[] {
  return ["bin/hotaka", "replay", "--log", log, "--format", "combined", "--sql", SQL, "--json"];
}

const SQL = `SELECT host, count(*) AS requests FROM access.win:ext_timed_batch(time, 1 min, 0L) GROUP BY host HAVING count(*) >= ${FLOOD_REQUESTS}`;

/** They count requests per host and minute, without reading the line any further, without windows, checks or an end to their memory. */
const PEERS = [
  { name: "gawk -b", command: "gawk", args: ["-b", '{c[$1 " " substr($4,2,17)]++}'] },
  { name: "mawk", command: "mawk", args: ['{c[$1 " " substr($4,2,17)]++}'] },
];
const LINES = 1_000_000;
const ROUNDS = 3;
