import type { FilterPlan, Origin } from "../../component/index.ts";
import { valueText } from "../value_text.ts";

/**
 * What a text of the settings stands for in each event: `${field}` is the value of that field, `${tag}` the tag and `${hostname}` the name of
 * this machine where the event has no field of that name, `${tag_parts[0]}` a part of the tag, `$${` is `${` itself. A text that is nothing but
 * one reference has the value as it is, with its type; within other text a field that the event lacks, or that is null, reads `-`.
 */
export function templateOrigin(text: string, plan: FilterPlan, hostname: string): Origin {
  const whole = /^\$\{([^}]+)\}$/.exec(text)?.[1];
  if (whole !== undefined) return referred(whole, plan, hostname);
  const pieces: (string | number)[] = [];
  const of: Origin[] = [];
  let from = 0;
  for (const found of text.matchAll(PLACEHOLDER)) {
    pieces.push(text.slice(from, found.index));
    pieces.push(found[1] === undefined ? "${" : of.push(referred(found[1], plan, hostname)) - 1);
    from = found.index + found[0].length;
  }
  pieces.push(text.slice(from));
  return {
    kind: "made",
    type: "string",
    of,
    make: (values) => pieces.map((piece) => (typeof piece === "string" ? piece : (valueText(values[piece]) ?? "-"))).join(""),
  };
}

/** What is wrong with such a text; undefined when nothing is. */
export function templateFault(text: string): string | undefined {
  if (/\$\{[^}]*$/.test(text.replaceAll("$${", ""))) return "a } to close the last ${ was wanted";
  return text.includes("${}") ? "the name of a field between ${ and } was wanted" : undefined;
}

function referred(name: string, plan: FilterPlan, hostname: string): Origin {
  const part = /^tag_parts\[(-?\d{1,3})\]$/.exec(name)?.[1];
  if (part !== undefined) return constant(plan.tag.split(".").at(Number(part)));
  const field = plan.field(name);
  if (name !== "tag" && name !== "hostname") return field;
  const otherwise = name === "tag" ? plan.tag : hostname;
  return { kind: "made", type: "string", of: [field], make: ([value]) => valueText(value) ?? otherwise };
}

function constant(value: string | undefined): Origin {
  return { kind: "made", type: "string", of: [], make: () => value };
}

/** `$${`, or `${name}`. */
const PLACEHOLDER = /\$\$\{|\$\{([^}]+)\}/g;
