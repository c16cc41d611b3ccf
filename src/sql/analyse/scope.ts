import type { Field, FieldType, Schema } from "../../event/index.ts";
import { didYouMean } from "../../kit/index.ts";
import type { Expression } from "../plan/expression.ts";
import type { PatternTag } from "../plan/pattern.ts";
import { eventType, listOf, type Type } from "../plan/type.ts";
import type { ExpressionNode, Node, SourceText } from "../syntax/index.ts";

export interface ScopeStream {
  readonly target: string;
  /** The name it goes by in the query. */
  readonly alias: string;
  readonly schema: Schema;
  /** Its fields are found only with the alias before them. */
  readonly onlyByAlias?: true;
  /** Of a stream of matches: what its values are, in order. */
  readonly tags?: readonly PatternTag[];
  /** It has no window, so that nothing ever leaves it. */
  readonly windowless?: boolean;
  /** It is of the query around: its fields are found where the query itself has none of the name. */
  readonly outer?: true;
}

/** Where subqueries are worked out; undefined for what is none. `operand` works out an expression beside it. */
export interface Subqueries {
  analyse(node: ExpressionNode, scope: NameScope, operand: (node: ExpressionNode) => Expression): Expression | undefined;
  /** All rows of one, as a list; absent where there are no subqueries. `rowType` gives the type of events with these fields. */
  rows?(node: SubqueryNode, scope: NameScope, rowType: (schema: Schema) => Type): Expression;
  /** The one row of one that has several columns; undefined for one that has one. */
  row?(node: SubqueryNode, scope: NameScope, rowType: (schema: Schema) => Type): Expression | undefined;
}

type SubqueryNode = Extract<ExpressionNode, { kind: "subquery" }>;

/** The streams whose fields an expression may name. */
export class NameScope {
  readonly source: SourceText;
  readonly streams: readonly ScopeStream[];

  readonly #subqueries: Subqueries | undefined;

  constructor(source: SourceText, streams: readonly ScopeStream[], subqueries?: Subqueries) {
    this.source = source;
    this.streams = streams;
    this.#subqueries = subqueries;
  }

  /** The expression of a node that is a subquery; undefined for any other. */
  subquery(node: ExpressionNode, operand: (node: ExpressionNode) => Expression): Expression | undefined {
    return this.#subqueries?.analyse(node, this, operand);
  }

  /** The one row of a subquery of several columns, as an event; undefined for any other node. */
  rowOf(node: ExpressionNode, rowType: (schema: Schema) => Type): Expression | undefined {
    return node.kind === "subquery" ? this.#subqueries?.row?.(node, this, rowType) : undefined;
  }

  rowsOf(node: SubqueryNode, rowType: (schema: Schema) => Type): Expression | undefined {
    return this.#subqueries?.rows?.(node, this, rowType);
  }

  /**
   * The field that a dotted path names: `host`, `a.host` with `a` an alias or a target, `req.path` for a nested one. Undefined when it names
   * none. Throws HOTAKA_SQL_UNKNOWN_FIELD when more than one stream has it.
   */
  find(path: readonly string[], node: Node): Expression | undefined {
    const name = path.join(".");
    const all = this.streams.flatMap((stream, index) => {
      const field = stream.onlyByAlias === true ? undefined : stream.schema.field(name);
      return field === undefined ? [] : [{ index, field }];
    });
    const own = all.filter(({ index }) => this.streams[index]!.outer !== true);
    const holders = own.length > 0 ? own : all;
    if (holders.length === 1) return fieldOf(holders[0]!.index, holders[0]!.field);
    if (holders.length > 1) {
      const names = holders.map(({ index }) => this.streams[index]!.alias).join(" and ");
      throw this.source.error(
        "HOTAKA_SQL_UNKNOWN_FIELD",
        node.at,
        `"${name}" is a field of ${names}; say which, as ${this.streams[0]!.alias}.${name}.`,
      );
    }
    const index = this.#streamNamed(path[0]!);
    const field = index === undefined ? undefined : this.streams[index]!.schema.field(path.slice(1).join("."));
    return index === undefined || field === undefined ? undefined : fieldOf(index, field);
  }

  /** The schemas of the events that an expression can name: of the streams, and then of the tags of patterns. */
  get rowTypes(): Schema[] {
    return [...this.streams.map(({ schema }) => schema), ...this.streams.flatMap(({ tags = [] }) => tags.map(({ schema }) => schema))];
  }

  /** The event, or the list of events, of a tag of a pattern: of the stream that goes by the name of `of`, or of any. */
  tag(name: string, of?: string): Expression | undefined {
    let rowType = this.streams.length;
    for (const [stream, { tags = [], alias }] of this.streams.entries()) {
      const slot = of === undefined || of === alias ? tags.findIndex((tag) => tag.name === name) : -1;
      const type = eventType(rowType + slot);
      if (slot !== -1) return { op: "field", type: tags[slot]!.list ? listOf(type) : type, stream, slot };
      rowType += tags.length;
    }
    return undefined;
  }

  /** The stream that goes by this name. */
  stream(name: string): number | undefined {
    return this.#streamNamed(name);
  }

  /** As `stream`, where the name stands for the event itself: then it is one that the query has given with AS. */
  event(name: string): number | undefined {
    const index = this.#streamNamed(name);
    if (index === undefined) return undefined;
    const { alias, target } = this.streams[index]!;
    return alias === name && alias !== target ? index : undefined;
  }

  /** As `unknown`, for a field of an event of this schema. */
  unknownIn(schema: Schema, name: string, node: Node): never {
    throw this.source.error("HOTAKA_SQL_UNKNOWN_FIELD", node.at, unknownFieldSentence(name, [schema]), {
      field: name,
      targets: [schema.target],
    });
  }

  /** Throws HOTAKA_SQL_UNKNOWN_FIELD with the fields there are. */
  unknown(path: readonly string[], node: Node): never {
    const stream = path.length > 1 ? this.#streamNamed(path[0]!) : undefined;
    const streams = stream === undefined ? this.streams : [this.streams[stream]!];
    const name = stream === undefined ? path.join(".") : path.slice(1).join(".");
    const tags = this.streams.flatMap((known) => known.tags ?? []);
    if (tags.length > 0 && this.streams.every(({ schema }) => schema.fields.length === 0)) {
      const names = tags.map((tag) => tag.name);
      const sentence = `there is no event "${path[0]}" in the pattern.${didYouMean(path[0]!, names)} Events: ${names.join(", ")}.`;
      throw this.source.error("HOTAKA_SQL_UNKNOWN_FIELD", node.at, sentence);
    }
    const schemas = streams.map(({ schema }) => schema);
    throw this.source.error("HOTAKA_SQL_UNKNOWN_FIELD", node.at, unknownFieldSentence(name, schemas), {
      field: name,
      targets: schemas.map(({ target }) => target),
    });
  }

  #streamNamed(name: string): number | undefined {
    const byAlias = this.streams.findIndex(({ alias }) => alias === name);
    if (byAlias !== -1) return byAlias;
    // A stream with another name still goes by its target, where that tells it from the others.
    const index = this.streams.findIndex(({ target }) => target === name);
    return index === -1 || this.streams.findLastIndex(({ target }) => target === name) !== index ? undefined : index;
  }
}

function unknownFieldSentence(name: string, schemas: readonly Schema[]): string {
  const fields = schemas.flatMap((schema) => schema.fields.map((field) => field.name));
  const targets = schemas.map(({ target }) => `"${target}"`).join(" or ");
  const known = fields.length === 0 ? "It has no fields yet." : `Fields: ${fields.slice(0, FIELDS_SHOWN_MAX).join(", ")}.`;
  return `there is no field "${name}" in target ${targets}.${didYouMean(name, fields)} ${known}`;
}

export function typeOfField(type: FieldType): Type {
  return TYPES[type];
}

function fieldOf(stream: number, field: Field): Expression {
  return { op: "field", type: TYPES[field.type], stream, slot: field.slot };
}

const TYPES: Readonly<Record<FieldType, Type>> = {
  string: "string",
  integer: "long",
  float: "double",
  boolean: "boolean",
  hash: "value",
  array: "value[]",
};

const FIELDS_SHOWN_MAX = 20;
