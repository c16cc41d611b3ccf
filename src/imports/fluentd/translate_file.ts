import type { Notes } from "./notes.ts";
import type { Section } from "./section.ts";
import type { Item } from "./translate_sources.ts";

/** Translates an output into files. Undefined, with a note, where one file cannot stand for those that it wrote. */
export function fileOf(output: Section, notes: Notes): Item | undefined {
  const written = output.value("path") ?? "";
  const placeholder = /\$\{[^}]*\}/.exec(written)?.[0];
  if (placeholder !== undefined) {
    notes.add(
      "untranslated",
      output,
      `path ${written}: a file for each ${placeholder} is not made. Write an action with a path and a match of its own for each.`,
    );
    return undefined;
  }
  const format = formatOf(output, notes);
  if (format === undefined) return undefined;
  const rotateEvery = periodOf(output, written);
  notes.add(
    "changed",
    output,
    `file: ${pathOf(written, output)} is written to as rows come, and rotated every ${rotateEvery}; each line has the time, the query and the key of its row.`,
  );
  notes.needless(
    output,
    [
      "append",
      "symlink_path",
      "recompress",
      "path_suffix",
      "add_path_suffix",
      "time_slice_format",
      "time_slice_wait",
      "utc",
      "localtime",
      "timezone",
    ],
    "there is one file, which is always appended to, and rotated ones are named by the time in UTC",
  );
  return {
    path: pathOf(written, output),
    ...(format === "json" ? {} : { format }),
    rotate_every: rotateEvery,
    // Fluentd removes none.
    files_max: FILES_MAX,
    ...(output.value("compress")?.startsWith("gz") === true ? {} : { compress: false }),
  };
}

/** The path without what stands for a time, and what stands before and behind that: `/var/log/app.%Y%m%d.log` is `/var/log/app.log`. */
function pathOf(written: string, output: Section): string {
  const suffix = output.value("add_path_suffix") === "false" ? "" : (output.value("path_suffix") ?? ".log");
  const plain = written
    .replaceAll(/[-_.]?(?:%[A-Za-z][-_:T]?)+/g, "")
    .replaceAll(/\/{2,}/g, "/")
    .replaceAll(/\*/g, "");
  return /\.[a-z]+$/.test(plain) ? plain : `${plain}${suffix}`;
}

/** How long the events are of that stood in one file: `timekey`, or the shortest period that the path tells apart. */
function periodOf(output: Section, written: string): string {
  const timekey = output.all("buffer")[0]?.value("timekey") ?? "";
  if (/^\d+$/.test(timekey)) return `${timekey}s`;
  const [, count, unit = ""] = /^(\d+)([smhd])$/.exec(timekey) ?? [];
  if (count !== undefined) return `${count}${{ s: "s", m: "min", h: "h", d: count === "1" ? " day" : " days" }[unit] ?? unit}`;
  const slice = `${written}${output.value("time_slice_format") ?? ""}`;
  if (/%M/.test(slice)) return "1min";
  return /%H/.test(slice) ? "1h" : "1 day";
}

function formatOf(output: Section, notes: Notes): "json" | "ltsv" | undefined {
  const section = output.all("format")[0];
  const written = section?.type ?? output.value("format") ?? "out_file";
  section?.parameter("delimiter", "label_delimiter", "output_tag", "output_time", "time_format", "add_newline");
  if (written === "ltsv") return "ltsv";
  if (written === "json") return "json";
  if (written === "out_file" || written === "hash" || written === "") {
    notes.add("changed", output, "format: lines are JSON; in Fluentd time, tag and JSON stood apart by tabs.");
    return "json";
  }
  notes.add(
    "untranslated",
    output,
    `format ${written}: a file has lines of json or ltsv here. For another form have a program write them, by exec_filter.`,
  );
  return undefined;
}

const FILES_MAX = 10_000;
