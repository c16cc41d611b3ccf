import { Schema } from "../../event/index.ts";
import type { Expression } from "../plan/expression.ts";
import { filterPaths } from "../plan/filter_key.ts";
import type { Duration, PatternNodePlan, PatternPlan, PatternTag } from "../plan/pattern.ts";
import { isIntegral, isNumeric } from "../plan/type.ts";
import type { ExpressionNode, Node, PatternNode, PatternStreamNode, SourceText } from "../syntax/index.ts";
import { ExpressionAnalyser } from "./expression.ts";
import { scheduleOf } from "./output.ts";
import { lengthOfUnit, periodMs } from "./period.ts";
import { NameScope, type ScopeStream } from "./scope.ts";

type Of<Kind extends PatternNode["kind"]> = Extract<PatternNode, { kind: Kind }>;

/** Decides everything about a pattern. `schemaOf` finds a target, and throws where there is none. */
export function analysePattern(node: PatternStreamNode, source: SourceText, schemaOf: (target: string, node: Node) => Schema): PatternPlan {
  const analyser = new PatternAnalyser(source, schemaOf);
  const root = analyser.node(node.pattern, false);
  const { suppressOverlapping, discardPartials } = node;
  return { root, tags: analyser.tags, targets: analyser.targets, suppressOverlapping, discardPartials };
}

/** The stream of the matches of a pattern, for those who name its tags. */
export function patternStream(tags: readonly PatternTag[], alias: string): ScopeStream {
  return { target: "pattern", alias, schema: NO_FIELDS, tags };
}

class PatternAnalyser {
  readonly #source: SourceText;
  readonly #schemaOf: (target: string, node: Node) => Schema;
  /** The tags met so far: what stands further on may name them. */
  readonly tags: PatternTag[] = [];
  readonly targets = new Map<string, Schema>();
  /** From which on tags are of the repetition in hand: a list is of one repetition. */
  #ownFrom = 0;

  constructor(source: SourceText, schemaOf: (target: string, node: Node) => Schema) {
    this.#source = source;
    this.#schemaOf = schemaOf;
  }

  node(node: PatternNode, repeated: boolean): PatternNodePlan {
    switch (node.kind) {
      case "filter":
        return this.#filter(node, repeated);
      case "every":
        return this.#every(node, repeated);
      case "followed_by": {
        const children = node.patterns.map((pattern) => this.node(pattern, repeated));
        return { kind: "followed_by", children, waiting_max: node.limits.map((limit) => limit && this.#constantCount(limit)) };
      }
      case "and":
      case "or":
        return { kind: node.kind, children: node.patterns.map((pattern) => this.node(pattern, repeated)) };
      case "not":
        return { kind: "not", child: this.node(node.pattern, repeated) };
      case "until":
        return this.#until(node, repeated);
      case "timer":
        return this.#timer(node);
      case "guard":
        return this.#guard(node, repeated);
      case "while": {
        const child = this.node(node.pattern, repeated);
        const condition = this.#overMatch().condition(node.condition, { name: "while", aggregates: false });
        return { kind: "while", child, condition };
      }
    }
  }

  #filter(node: Of<"filter">, repeated: boolean): PatternNodePlan {
    const schema = this.#schemaOf(node.target, node);
    this.targets.set(node.target, schema);
    const candidate: ScopeStream = { target: node.target, alias: node.tag ?? node.target, schema };
    const analyser = new ExpressionAnalyser(new NameScope(this.#source, [candidate, patternStream(this.tags, "")]));
    const parts = node.filters.map((filter) => analyser.condition(filter, { name: `the filter of ${node.target}`, aggregates: false }));
    const condition: Expression | undefined = parts.length > 1 ? { op: "and", type: "boolean", parts } : parts[0];
    const tag = node.tag === undefined ? undefined : this.#tag(node.tag, schema, repeated, node);
    return { kind: "filter", target: node.target, tag, condition, paths: filterPaths(condition), level: node.level };
  }

  #tag(name: string, schema: Schema, list: boolean, node: Node): number {
    const known = this.tags.findIndex((tag) => tag.name === name);
    if (known === -1) return this.tags.push({ name, schema, list }) - 1;
    if (list && this.tags[known]!.list && known < this.#ownFrom)
      throw this.#source.error("HOTAKA_SQL_INVALID", node.at, `"${name}" is of another repetition; give one of them another name.`);
    if (this.tags[known]!.schema === schema && this.tags[known]!.list === list) return known;
    throw this.#source.error(
      "HOTAKA_SQL_INVALID",
      node.at,
      `"${name}" stands for events of different kinds; give one of them another name.`,
    );
  }

  #every(node: Of<"every">, repeated: boolean): PatternNodePlan {
    const child = this.node(node.pattern, repeated);
    const last = node.distinct.at(-1);
    const expiryMs = last?.kind === "period" ? periodMs(last, this.#source) : undefined;
    const keys = expiryMs === undefined ? node.distinct : node.distinct.slice(0, -1);
    const distinct = keys.map((key) => this.#overMatch().analyse(key, { name: "every-distinct", aggregates: false }));
    return { kind: "every", child, distinct, expiryMs };
  }

  #until(node: Of<"until">, repeated: boolean): PatternNodePlan {
    const before = this.tags.length;
    const around = this.#ownFrom;
    this.#ownFrom = before;
    const child = this.node(node.pattern, true);
    this.#ownFrom = around;
    const tags = this.tags.map((_tag, index) => index).slice(before);
    const until = node.until && this.node(node.until, repeated);
    const [low, high] = [node.low && this.#count(node.low), node.high && this.#count(node.high)];
    const [least, most] = [low, high].map((bound) => (bound?.op === "constant" ? Number(bound.value) : undefined));
    if (least !== undefined && most !== undefined && least > most) {
      throw this.#source.error(
        "HOTAKA_SQL_INVALID",
        node.at,
        `a repetition from ${least} to ${most} times: the first is more than the second.`,
      );
    }
    const isExact = node.high !== undefined && (node.low === node.high || (least !== undefined && least === most));
    if (until === undefined && !isExact) {
      throw this.#source.error("HOTAKA_SQL_INVALID", node.at, "a repetition that is not of one number, as [2], ends with until.");
    }
    return { kind: "until", child, until, low, high, tags };
  }

  #timer(node: Of<"timer">): PatternNodePlan {
    if (node.name === "timer:interval") return { kind: "interval", duration: this.#duration(node.parameters, node) };
    if (node.name === "timer:at") return { kind: "at", schedule: scheduleOf(node.fields, node, this.#source) };
    throw this.#source.error("HOTAKA_SQL_INVALID", node.at, `there is no ${node.name} to wait for. There are timer:interval and timer:at.`);
  }

  #guard(node: Of<"guard">, repeated: boolean): PatternNodePlan {
    const child = this.node(node.pattern, repeated);
    if (node.name !== "timer:within" && node.name !== "timer:withinmax") {
      const sentence = `there is no guard ${node.name}. There are timer:within, timer:withinmax and while.`;
      throw this.#source.error("HOTAKA_SQL_INVALID", node.at, sentence);
    }
    const [duration, count] =
      node.name === "timer:within" ? [node.parameters, undefined] : [node.parameters.slice(0, 1), node.parameters[1]];
    if (node.name === "timer:withinmax" && (count === undefined || node.parameters.length !== 2)) {
      throw this.#source.error("HOTAKA_SQL_INVALID", node.at, "timer:withinmax takes a duration and a number of matches.");
    }
    return { kind: "within", child, duration: this.#duration(duration, node), matches_max: count && this.#count(count) };
  }

  /** A period, or a number of seconds. */
  #duration(parameters: readonly ExpressionNode[], node: Node): Duration {
    const [only, ...more] = parameters;
    if (only === undefined || more.length > 0) throw this.#source.error("HOTAKA_SQL_INVALID", node.at, A_DURATION);
    const parts = only.kind === "period" ? only.parts : [{ amount: only, unit: "second" as const }];
    return parts.map(({ amount, unit }) => ({ amount: this.#number(amount, A_DURATION), ...lengthOfUnit(unit) }));
  }

  /** How often something may come: a whole number, over the match so far. */
  #count(node: ExpressionNode): Expression {
    const count = this.#number(node, A_COUNT);
    if (isIntegral(count.type) && !(count.op === "constant" && Number(count.value) < 0)) return count;
    throw this.#source.error("HOTAKA_SQL_INVALID", node.at, A_COUNT);
  }

  #constantCount(node: ExpressionNode): number {
    const count = this.#count(node);
    if (count.op === "constant") return Number(count.value);
    throw this.#source.error("HOTAKA_SQL_INVALID", node.at, "how many may wait at once is a number that is written out.");
  }

  #number(node: ExpressionNode, wanted: string): Expression {
    const number = this.#overMatch().analyse(node, { name: "a pattern", aggregates: false });
    const isNegative = number.op === "constant" && typeof number.value === "number" && number.value < 0;
    if (isNumeric(number.type) && !isNegative) return number;
    throw this.#source.error("HOTAKA_SQL_INVALID", node.at, wanted);
  }

  #overMatch(): ExpressionAnalyser {
    return new ExpressionAnalyser(new NameScope(this.#source, [patternStream(this.tags, "")]));
  }
}

const NO_FIELDS = new Schema("pattern");

const A_DURATION = "a timer takes one duration, as 5 sec, or a number of seconds.";
const A_COUNT = "how often something may come is a whole number.";
