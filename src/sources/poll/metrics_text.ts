/** One value of a metric. */
export interface Sample {
  readonly metric: string;
  readonly value: number;
  /** Epoch ms; undefined where the text says none. */
  readonly timeMs: number | undefined;
  /** `counter`, `gauge`, `histogram`, `summary`; undefined where nothing says it. */
  readonly type: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** Takes each sample of a text; gives how many lines are none. */
export type ReadSamples = (text: string, take: (sample: Sample) => void) => number;

/**
 * The text exposition format of Prometheus:
 *
 *     line    = "# TYPE " name " " type / "#" anything / sample / ""
 *     sample  = name [ "{" label *( "," label ) [ "," ] "}" ] blank value [ blank milliseconds ]
 *     label   = name "=" DQ *( any character / "\\" / "\" DQ / "\n" ) DQ
 *     value   = number / "NaN" / "+Inf" / "-Inf"
 *
 * What is no finite number has no place in a query and is left out, uncounted. An exemplar behind a sample (OpenMetrics) is passed over.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export const readPrometheus: ReadSamples = (text, take) => {
  const types = new Map<string, string>();
  let refused = 0;
  for (const line of text.split("\n")) {
    if (line.startsWith("#") || line.trim() === "") {
      const [, name = "", type = ""] = /^# TYPE (\S+) (counter|gauge|histogram|summary)\s*$/.exec(line) ?? [];
      if (name !== "") types.set(name, type);
      continue;
    }
    const [, metric = "", written, valueText = "", time] = SAMPLE.exec(line) ?? [];
    const labels = written === undefined ? {} : labelsOf(written);
    const value = Number(valueText.replace(/^\+/, ""));
    if (metric === "" || labels === undefined || (Number.isNaN(value) && !/^(?:NaN|[+-]?Inf)$/.test(valueText))) refused++;
    else if (Number.isFinite(value))
      take({ metric, value, timeMs: time === undefined ? undefined : Number(time), type: typeOf(metric, types), labels });
  }
  return refused;
};

/**
 * The text that plugins of the Mackerel agent write: `name TAB value TAB seconds` a line.
 * @see https://mackerel.io/docs/entry/advanced/custom-metrics
 */
export const readMackerel: ReadSamples = (text, take) => {
  let refused = 0;
  for (const line of text.split("\n")) {
    if (line.startsWith("#") || line.trim() === "") continue;
    const [, metric = "", value = "", seconds = ""] = /^([^\t]{1,255})\t([+-]?[\d.]+(?:[eE][+-]?\d+)?)\t(\d{1,11})\r?$/.exec(line) ?? [];
    if (metric === "" || !Number.isFinite(Number(value))) refused++;
    else take({ metric, value: Number(value), timeMs: Number(seconds) * 1000, type: undefined, labels: {} });
  }
  return refused;
};

function labelsOf(written: string): Readonly<Record<string, string>> | undefined {
  const labels: [string, string][] = [];
  let at = 0;
  for (const found of written.matchAll(LABEL)) {
    if (found.index !== at) return undefined;
    at += found[0].length;
    const [, name = "", text = ""] = found;
    labels.push([name, text.replaceAll(/\\(.)/gs, (_, letter: string) => (letter === "n" ? "\n" : letter))]);
  }
  return at === written.length ? Object.fromEntries(labels) : undefined;
}

/** A histogram's and a summary's samples have names of their own. */
function typeOf(metric: string, types: ReadonlyMap<string, string>): string | undefined {
  return types.get(metric) ?? types.get(metric.replace(/_(?:bucket|sum|count|total)$/, ""));
}

/** Neither part can match in two ways, so a line takes time in proportion to its length. */
const SAMPLE = /^([A-Za-z_:][\w:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?[ \t]+(\S+)(?:[ \t]+(-?\d{1,16}))?[ \t\r]*(?:#.*)?$/;
const LABEL = /[ \t]*([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)/g;
