import { expect, test } from "vitest";
import { readMackerel, readPrometheus, type ReadSamples, type Sample } from "./metrics_text.ts";

function read(reader: ReadSamples, text: string): { samples: Sample[]; refused: number } {
  const samples: Sample[] = [];
  const refused = reader(text, (sample) => samples.push(sample));
  return { samples, refused };
}

test("the example of Prometheus is read", () => {
  const { samples, refused } = read(
    readPrometheus,
    `# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\"",} 1.458255915e9

metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
# TYPE rpc_seconds histogram
rpc_seconds_bucket{le="0.5"} 129389 # {trace="x"} 0.3
`,
  );
  expect(refused).toBe(0);
  expect(samples).toEqual([
    { metric: "http_requests_total", value: 1027, timeMs: 1_395_066_363_000, type: "counter", labels: { method: "post", code: "200" } },
    {
      metric: "msdos_file_access_time_seconds",
      value: 1.458255915e9,
      timeMs: undefined,
      type: undefined,
      labels: { path: "C:\\DIR\\FILE.TXT", error: 'Cannot find file:\n"FILE.TXT"' },
    },
    { metric: "metric_without_timestamp_and_labels", value: 12.47, timeMs: undefined, type: undefined, labels: {} },
    { metric: "rpc_seconds_bucket", value: 129_389, timeMs: undefined, type: "histogram", labels: { le: "0.5" } },
  ]);
});

test.each(["x", "x{", 'x{a="b} 1', 'x{a="b" c="d"} 1', "x{a=b} 1", "x y", "9x 1", "<html>", "x 1 2 3"])(
  "%j is no sample of Prometheus",
  (line) => {
    expect(read(readPrometheus, `${line}\n`)).toEqual({ samples: [], refused: 1 });
  },
);

test("a line made to be hard takes no longer than another", () => {
  expect(read(readPrometheus, `x{${'a="'.repeat(200_000)}`).refused).toBe(1);
  expect(read(readPrometheus, `x${" ".repeat(500_000)}y`).refused).toBe(1);
});

test("what a plugin of Mackerel writes is read", () => {
  expect(read(readMackerel, "# a comment\ncustom.loadavg\t0.5\t1700000000\nbad line\ncustom.x\t1e3\t1700000001\n")).toEqual({
    samples: [
      { metric: "custom.loadavg", value: 0.5, timeMs: 1_700_000_000_000, type: undefined, labels: {} },
      { metric: "custom.x", value: 1000, timeMs: 1_700_000_001_000, type: undefined, labels: {} },
    ],
    refused: 1,
  });
});
