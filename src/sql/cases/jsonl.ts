import type { Value } from "../../event/index.ts";
import { HotakaError, messageOf } from "../../kit/index.ts";
import type { Case, CaseEvent, CaseOutput } from "./case.ts";

/**
 * Reads cases, one JSON object a line:
 *
 * `{id, group, ordered, start?, targets: {name: {field: type}}, setup?: [statement], query, columns?, events, output, output_direct?}`
 * or `{.., query, error: true}` for a statement that must be refused (`reclassified: true`: may be).
 *
 * An event is `{t, target, record}` or `{advance: t}`; an output `{t, rows, removed?}`. Numbers beyond 2^53 are read exactly;
 * `{"$double": "NaN"}` and `{"$date": ms}` stand for what JSON lacks. `output_direct` is a second output that is right.
 * Throws HOTAKA_CASES_FILE with the line.
 */
export function parseCases(text: string, file: string): Case[] {
  const cases: Case[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      cases.push(caseOf(JSON.parse(withExactIntegers(line), reviveSpecial) as RawCase));
    } catch (thrown) {
      throw new HotakaError("HOTAKA_CASES_FILE", `${file}:${index + 1}: this line is not a case: ${messageOf(thrown)}`, { cause: thrown });
    }
  }
  return cases;
}

interface RawCase {
  readonly id: string;
  readonly group: string;
  readonly ordered?: boolean;
  readonly start?: number;
  readonly targets: Case["targets"];
  readonly setup?: readonly string[];
  readonly query: string;
  readonly columns?: Readonly<Record<string, string>>;
  readonly events?: readonly RawEvent[];
  readonly output?: readonly RawOutput[];
  readonly output_direct?: readonly RawOutput[];
  readonly error?: boolean;
  readonly reclassified?: boolean | string;
}

interface RawEvent {
  readonly t?: number;
  readonly target?: string;
  readonly record?: Readonly<Record<string, Value>>;
  readonly advance?: number;
}

interface RawOutput {
  readonly t: number;
  readonly rows?: CaseOutput["rows"];
  readonly removed?: CaseOutput["removed"];
}

function caseOf(raw: RawCase): Case {
  for (const name of ["id", "group", "query"] as const) if (typeof raw[name] !== "string") throw new TypeError(`"${name}" is missing`);
  if (raw.targets === undefined) throw new TypeError('"targets" is missing');
  const outputs = [raw.output, raw.output_direct].filter((output) => output !== undefined).map((output) => output.map(outputOf));
  return {
    id: raw.id,
    group: raw.group,
    ordered: raw.ordered ?? false,
    startMs: raw.start ?? 0,
    targets: raw.targets,
    setup: raw.setup ?? [],
    query: raw.query,
    columns: raw.columns ?? {},
    events: (raw.events ?? []).map(eventOf),
    outputs: outputs.length === 0 ? [[]] : outputs,
    refusal: raw.error !== true ? "never" : raw.reclassified === undefined || raw.reclassified === false ? "always" : "allowed",
    refusalWords: "",
  };
}

function eventOf(raw: RawEvent): CaseEvent {
  if (raw.advance !== undefined) return { kind: "advance", timeMs: raw.advance };
  if (raw.t === undefined || raw.target === undefined) throw new TypeError("an event has neither t and target nor advance");
  return { kind: "event", timeMs: raw.t, target: raw.target, record: raw.record ?? {} };
}

function outputOf({ t, rows = [], removed = [] }: RawOutput): CaseOutput {
  return { timeMs: t, rows, removed };
}

/** Integers of 16 digits and more, outside of strings, become `{"$long": ".."}`: JSON.parse would round them. */
function withExactIntegers(json: string): string {
  return json.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => (/^-?\d{16,}$/.test(token) ? `{"$long":"${token}"}` : token));
}

function reviveSpecial(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("$long" in value) {
    const exact = BigInt(String(value.$long));
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  if ("$double" in value) return Number(value.$double);
  if ("$date" in value) return new Date(Number(value.$date));
  return value;
}
