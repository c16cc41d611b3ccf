import { assert } from "../../kit/index.ts";
import type { Expression } from "../plan/expression.ts";
import { memberOf, previousValue } from "../runtime/interpreter.ts";

/** JavaScript text of an expression, and whether it can be null. */
export interface Code {
  readonly text: string;
  readonly nullable: boolean;
  /** Where null has a form of its own: a test that is true when it is null, and the value when it is not. Both may be written repeatedly. */
  readonly raw?: { readonly isNull: string; readonly value: string };
}

/** Where the code reads what is not constant. */
export interface Places {
  field(stream: number, slot: number): Code;
  aggregate(index: number): Code;
  key(index: number): Code;
  readonly now: string;
  /** An event as a value, and whether the row is of the insert stream: absent where events are not kept. */
  event?(stream: number): Code;
  readonly istream?: string;
}

/**
 * Writes typed expressions as JavaScript. Only the form of the plan is written out, operators by table; constants and functions are handed
 * in as arguments of the generated function. No text of the user ever becomes code.
 */
export class Emitter {
  readonly #helpers: Readonly<Record<string, unknown>>;
  readonly #handedIn: unknown[] = [];
  #temporaries = 0;

  /** The code may use `helpers` by their names. */
  constructor(helpers: Readonly<Record<string, unknown>> = {}) {
    this.#helpers = helpers;
  }

  /** Hands `value` to the generated code; gives the name it has there. Equal values have one name. */
  handIn(value: unknown): string {
    let index = this.#handedIn.indexOf(value);
    if (index === -1) index = this.#handedIn.push(value) - 1;
    return `$${index}`;
  }

  /**
   * Builds a function of that name, which profiles and stack traces show, and these parameters. Temporaries of the expressions in `body`
   * live in the body; what was handed in surrounds it. `body` is text made by this emitter and its callers alone.
   */
  build(name: string, parameters: readonly string[], body: string): unknown {
    const names = [...Object.keys(this.#helpers), ...this.#handedIn.map((_, index) => `$${index}`)];
    const locals = Array.from({ length: this.#temporaries }, (_, index) => `t${index}`);
    const declare = locals.length === 0 ? "" : `let ${locals.join(", ")};`;
    const text = `"use strict"; return function ${name}(${parameters.join(", ")}) { ${declare}\n${body}\n};`;
    return makerOf(names, text)(...Object.values(this.#helpers), ...this.#handedIn);
  }

  /** The value of an expression. */
  value(expression: Expression, places: Places): Code {
    switch (expression.op) {
      case "constant":
        return this.#constant(expression.value);
      case "field":
        return places.field(expression.stream, expression.slot);
      case "event":
        assert(places.event !== undefined, "an event was asked for where events are not kept");
        return places.event(expression.stream);
      case "member":
        return { text: `${this.handIn(memberOf)}(${this.value(expression.operand, places).text}, ${expression.slot})`, nullable: true };
      case "local":
        return { text: `l${expression.index}`, nullable: true };
      case "aggregate":
        return places.aggregate(expression.index);
      case "key":
        return places.key(expression.index);
      case "now":
        return { text: places.now, nullable: false };
      case "istream":
        assert(places.istream !== undefined, "the stream of a row was asked for where rows have none");
        return { text: places.istream, nullable: false };
      case "and":
      case "or":
        return this.#connective(expression.parts, expression.op === "or", places);
      case "not": {
        const operand = this.value(expression.operand, places);
        if (!operand.nullable) return { text: `(${operand.text} !== true)`, nullable: false };
        const held = this.#temporary();
        return { text: `((${held} = ${operand.text}) === null ? null : ${held} !== true)`, nullable: true };
      }
      case "is_null": {
        const operand = this.value(expression.operand, places);
        if (!operand.nullable) return { text: String(expression.negated), nullable: false };
        if (operand.raw !== undefined) return { text: `${expression.negated ? "!" : ""}(${operand.raw.isNull})`, nullable: false };
        return { text: `(${operand.text} ${expression.negated ? "!==" : "==="} null)`, nullable: false };
      }
      case "coalesce":
        return this.#coalesce(expression.parts, places);
      case "case":
        return this.#case(expression, places);
      case "call":
        return this.#call(expression, places);
      case "enumerate":
        return this.#enumerate(expression, places);
      case "previous": {
        assert(places.event !== undefined, "an event before another one was asked for where events are not kept");
        const { access, stream } = expression;
        const index = this.value(expression.index, places).text;
        const body = this.value(expression.body, places).text;
        // The parameter hides the scope around: what the body reads is of the other event.
        return {
          text: `${this.handIn(previousValue)}(${this.handIn({ access, stream })}, scope, ${index}, (scope) => ${body})`,
          nullable: true,
        };
      }
    }
  }

  /** JavaScript that is true exactly when the condition is `wanted` (null is neither true nor false). */
  test(expression: Expression, places: Places, wanted = true): string {
    switch (expression.op) {
      case "not":
        return this.test(expression.operand, places, !wanted);
      case "and":
      case "or": {
        const operator = (expression.op === "and") === wanted ? " && " : " || ";
        return `(${expression.parts.map((part) => this.test(part, places, wanted)).join(operator)})`;
      }
      case "is_null":
        return wanted ? this.value(expression, places).text : `!${this.value(expression, places).text}`;
      case "call": {
        const args = expression.args.map((argument) => this.value(argument, places));
        const { operation } = expression;
        if (!operation.strict)
          return `(${this.#apply(
            expression,
            args.map(({ text }) => text),
          )} === ${wanted})`;
        const [guards, names] = this.#guarded(args, "!== null");
        const applied = this.#apply(expression, names);
        return `(${[...guards, operation.nullable ? `${applied} === ${wanted}` : wanted ? applied : `!${applied}`].join(" && ")})`;
      }
      case "constant":
      case "field":
      case "event":
      case "member":
      case "local":
      case "aggregate":
      case "key":
      case "now":
      case "istream":
      case "coalesce":
      case "case":
      case "enumerate":
      case "previous":
        return `(${this.value(expression, places).text} === ${wanted})`;
    }
  }

  #constant(value: unknown): Code {
    if (value === null) return { text: "null", nullable: true };
    // 0 and -0 are different, and would have one name.
    if (value === 0) return { text: Object.is(value, -0) ? "(-0)" : "0", nullable: false };
    if (typeof value === "boolean") return { text: String(value), nullable: false };
    return { text: this.handIn(value), nullable: false };
  }

  #call(expression: Extract<Expression, { op: "call" }>, places: Places): Code {
    const args = expression.args.map((argument) => this.value(argument, places));
    const { operation } = expression;
    if (!operation.strict)
      return {
        text: this.#apply(
          expression,
          args.map(({ text }) => text),
        ),
        nullable: operation.nullable,
      };
    const [guards, names] = this.#guarded(args, "=== null");
    const applied = this.#apply(expression, names);
    if (guards.length === 0) return { text: applied, nullable: operation.nullable };
    return { text: `(${guards.join(" || ")} ? null : ${applied})`, nullable: true };
  }

  /**
   * Tests, joined in order, of the arguments that can be null, with the texts to use behind them. All arguments are held in temporaries once
   * one of them is, so that they are worked out in order.
   */
  #guarded(args: readonly Code[], test: "=== null" | "!== null"): [string[], string[]] {
    const guards: string[] = [];
    const names = args.map(({ text, nullable, raw }) => {
      if (!nullable) return text;
      if (raw !== undefined) {
        guards.push(test === "=== null" ? raw.isNull : `!(${raw.isNull})`);
        return raw.value;
      }
      if (/^[\w$]+$/.test(text) && text !== "null") {
        guards.push(`${text} ${test}`);
        return text;
      }
      const held = this.#temporary();
      guards.push(`(${held} = ${text}) ${test}`);
      return held;
    });
    return [guards, names];
  }

  #apply({ operation }: Extract<Expression, { op: "call" }>, args: readonly string[]): string {
    if (operation.emit !== undefined) return operation.emit(...args);
    return `${this.handIn(operation.evaluate)}(${args.join(", ")})`;
  }

  #connective(parts: readonly Expression[], decisive: boolean, places: Places): Code {
    const [first, ...rest] = parts.map((part) => this.value(part, places));
    return rest.reduce((left, right) => this.#connect(left, right, decisive), first!);
  }

  #connect(left: Code, right: Code, decisive: boolean): Code {
    if (!left.nullable && !right.nullable) return { text: `(${left.text} ${decisive ? "||" : "&&"} ${right.text})`, nullable: false };
    const [a, b] = [this.#temporary(), this.#temporary()];
    const other = `(${b} = ${right.text}) === ${decisive} ? ${decisive} : ${a} === null || ${b} === null ? null : ${!decisive}`;
    return { text: `((${a} = ${left.text}) === ${decisive} ? ${decisive} : ${other})`, nullable: true };
  }

  #coalesce(parts: readonly Expression[], places: Places): Code {
    const codes = parts.map((part) => this.value(part, places));
    return codes.reduceRight((after, code) => {
      if (!code.nullable) return code;
      const held = this.#temporary();
      return { text: `((${held} = ${code.text}) !== null ? ${held} : ${after.text})`, nullable: after.nullable };
    });
  }

  #case({ branches, otherwise }: Extract<Expression, { op: "case" }>, places: Places): Code {
    return branches.toReversed().reduce(
      (after, { when, result }) => {
        const value = this.value(result, places);
        return { text: `(${this.test(when, places)} ? ${value.text} : ${after.text})`, nullable: value.nullable || after.nullable };
      },
      this.value(otherwise, places),
    );
  }

  /** Lambdas are functions of the locals `l0`, `l1`, .. by their number, so that an inner one reads what belongs to an outer one. */
  #enumerate({ enumeration, source, lambdas, args }: Extract<Expression, { op: "enumerate" }>, places: Places): Code {
    const held = this.#temporary();
    const from = this.value(source, places).text;
    const functions = lambdas.map(({ first, count, body }) => {
      const parameters = Array.from({ length: count }, (_, index) => `l${first + index}`);
      return `(${parameters.join(", ")}) => ${this.value(body, places).text}`;
    });
    const values = args.map((argument) => this.value(argument, places).text);
    const applied = `${this.handIn(enumeration.evaluate)}(${held}, [${functions.join(", ")}], [${values.join(", ")}])`;
    return { text: `((${held} = ${from}) === null ? null : ${applied})`, nullable: true };
  }

  #temporary(): string {
    return `t${this.#temporaries++}`;
  }
}

type Maker = (...handedIn: readonly unknown[]) => unknown;

const makers = new Map<string, Maker>();

/**
 * The functions of queries that differ in their constants alone are made by one maker: V8 then compiles them once, and what it learns of one it
 * knows of all. A thousand queries would otherwise stay in the interpreter, for each by itself sees few events.
 */
function makerOf(names: readonly string[], text: string): Maker {
  const key = `${names.join()};${text}`;
  const known = makers.get(key);
  if (known !== undefined) return known;
  // oxlint-disable-next-line typescript/no-implied-eval -- the text holds operators, numerals of places and generated names only
  const maker = new Function(...names, text) as Maker;
  if (makers.size >= MAKERS_MAX) makers.clear();
  makers.set(key, maker);
  return maker;
}

/** Of a few KB each; beyond them all are made anew. */
const MAKERS_MAX = 1000;
