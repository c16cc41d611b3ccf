/** A number as it stands now. */
export interface Reading {
  /** `snake_case`, without `hotaka_` before it. */
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Everything that is measured, as it stands now. */
export interface Readings {
  /** What only grows; their names end in `_total`. */
  readonly counters: readonly Reading[];
  /** What goes up and down. */
  readonly gauges: readonly Reading[];
}

/**
 * Readings in the text format that Prometheus reads, those of one name together.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function prometheusText({ counters, gauges }: Readings): string {
  return [...familiesOf(counters, "counter"), ...familiesOf(gauges, "gauge")].join("");
}

export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

function familiesOf(readings: readonly Reading[], type: "counter" | "gauge"): string[] {
  const families = new Map<string, string>();
  for (const { name, help, labels, value } of readings) {
    const full = `hotaka_${name}${type === "counter" ? "_total" : ""}`;
    const head = families.get(full) ?? `# HELP ${full} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${full} ${type}\n`;
    families.set(full, `${head}${full}${labelText(labels)} ${numberText(value)}\n`);
  }
  return [...families.values()];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/["\\\n]/g, (found) => (found === "\n" ? "\\n" : `\\${found}`))}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? String(value) : value < 0 ? "-Inf" : "+Inf";
}
