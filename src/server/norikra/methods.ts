import { HotakaError, type MsgpackReader, type MsgpackValue, type MsgpackWriter } from "../../kit/index.ts";
import type { PooledRow } from "../../catalog/index.ts";
import { type CatalogService, type EventsService, type ServedQuery, type ServedTarget, sweep } from "../catalog_service.ts";
import type { LogLines } from "../log_lines.ts";
import { clientError } from "./norikra_error.ts";
import { writeRows } from "./rows.ts";
import { checkExpression, checkFieldType, checkTargetName } from "./rules.ts";

/** What the methods of the RPC work on. */
export interface NorikraServices {
  readonly catalog: CatalogService;
  readonly events: EventsService;
  readonly logs: LogLines;
}

/** A method of the RPC: how many arguments it may be called with, and what it answers. */
export interface Method {
  readonly counts: readonly number[];
  /** Reads its arguments, and gives what writes the result. Throws what is wrong, in the words of the protocol. */
  readonly call: (args: MsgpackReader, services: NorikraServices) => WriteResult | Promise<WriteResult>;
}

export type WriteResult = (writer: MsgpackWriter) => void;

/** All that can be called. Norikra's own server calls any public method of an object by the name that comes; here the list is the whole. */
export const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  [
    "targets",
    plain(0, ({ catalog }) =>
      catalog
        .targets()
        .filter(isListed)
        .map(({ name, autoField }) => ({ name, auto_field: autoField })),
    ),
  ],
  [
    "open",
    plain(3, ({ catalog }, [target, fields, autoField]) => {
      const name = textOf(target, "target");
      checkTargetName(name);
      return catalog.open(name, { fields: typesOf(fields ?? null), autoField: isTrue(autoField) });
    }),
  ],
  ["close", plain(1, ({ catalog }, [target]) => catalog.close(textOf(target, "target")))],
  [
    "modify",
    plain(2, ({ catalog }, [target, autoField]) => {
      const name = textOf(target, "target");
      if (!catalog.setAutoField(name, isTrue(autoField))) throw clientError(`target name '${name}' not found`);
      return autoField ?? null;
    }),
  ],
  ["queries", plain(0, ({ catalog }) => activeFirst(catalog.queries()).map(shownQuery))],
  [
    "register",
    plain(3, ({ catalog }, [name, group, expression]) => {
      const wish = {
        name: textOf(name, "query_name"),
        group: group === null || group === undefined ? undefined : textOf(group, "query_group"),
        sql: textOf(expression, "expression"),
      };
      checkExpression(wish, catalog);
      return catalog.register(wish);
    }),
  ],
  ["deregister", plain(1, ({ catalog }, [name]) => catalog.deregister(textOf(name, "query_name")))],
  ["suspend", plain(1, ({ catalog }, [name]) => catalog.suspend(textOf(name, "query_name")))],
  ["resume", plain(1, ({ catalog }, [name]) => catalog.resume(textOf(name, "query_name")))],
  [
    "fields",
    plain(1, ({ catalog }, [target]) => {
      const fields = catalog.fields(textOf(target, "target"));
      if (fields === undefined) throw unknownTarget(target);
      // Norikra has the word and never says yes: a query lifts the demand for a field with NULLABLE(), not the target.
      return fields.map(({ name, type, optional }) => ({ name, type, optional, nullable: false }));
    }),
  ],
  [
    "reserve",
    plain(3, ({ catalog }, [target, field, type]) => {
      const name = textOf(target, "target");
      if (catalog.fields(name) === undefined) throw unknownTarget(target);
      return catalog.reserve(name, textOf(field, "field"), checkFieldType(textOf(type, "type"), "reserve"));
    }),
  ],
  ["send", { counts: [2], call: send }],
  ["event", rows((catalog, name) => catalog.fetch(name))],
  ["see", rows((catalog, name) => catalog.see(name))],
  ["sweep", { counts: [0, 1], call: (args, { catalog }) => sweptRows(args, catalog) }],
  ["logs", plain(0, ({ logs }) => logs.read().map(({ time, level, line }) => [time, level, line]))],
]);

/** A client that opened three targets finds three. Those of decisions are there without anybody's doing; `/v1/targets` has them. */
function isListed({ isOfDecisions }: ServedTarget): boolean {
  return !isOfDecisions;
}

/** `queries` of the HTTP API, which lists those that run and not the suspended ones. */
export const ACTIVE_QUERIES: Method = plain(0, ({ catalog }) =>
  catalog
    .queries()
    .filter(({ state }) => state !== "suspended")
    .map(shownQuery),
);

/** A method whose arguments and result are plain values. */
function plain(count: number, answer: (services: NorikraServices, args: readonly MsgpackValue[]) => MsgpackValue): Method {
  return {
    counts: [count],
    call: (args, services) => {
      const values: MsgpackValue[] = [];
      for (let index = 0; index < count; index++) values.push(args.value());
      const result = answer(services, values);
      return (writer) => writer.value(result);
    },
  };
}

/** `send(target, [event, ...])` answers false whatever happens, as Norikra does; the events go on as the bytes they came in. */
async function send(args: MsgpackReader, { events }: NorikraServices): Promise<WriteResult> {
  const target = textOf(args.value(), "target");
  if (!args.isArrayNext) throw clientError("Input data must be an array of JSON objects");
  // The call was checked to be whole, so what is left is the one array.
  await events.send(target, "msgpack", args.rest());
  return (writer) => writer.boolean(false);
}

function rows(read: (catalog: CatalogService, query: string) => readonly PooledRow[]): Method {
  return {
    counts: [1],
    call: (args, { catalog }) => {
      const name = textOf(args.value(), "query_name");
      const query = catalog.queries().find((served) => served.name === name);
      const pooled = query === undefined ? [] : read(catalog, name);
      return (writer) => writeRows(writer, pooled, query?.columns ?? []);
    },
  };
}

function sweptRows(args: MsgpackReader, catalog: CatalogService): WriteResult {
  const group = args.isAtEnd ? null : args.value();
  const swept = sweep(catalog, group === null ? undefined : textOf(group, "query_group"));
  return (writer) => {
    writer.mapLength(swept.size);
    for (const [name, { query, rows: pooled }] of swept) {
      writer.text(name);
      writeRows(writer, pooled, query.columns);
    }
  };
}

function shownQuery({ name, group, sql, targets, state }: ServedQuery): MsgpackValue {
  return { name, group: group ?? null, expression: sql, targets: targets.toSorted(), suspended: state === "suspended" };
}

/** The order in which Norikra lists them. */
function activeFirst(queries: readonly ServedQuery[]): ServedQuery[] {
  const isSuspended = ({ state }: ServedQuery): boolean => state === "suspended";
  return [...queries.filter((query) => !isSuspended(query)), ...queries.filter(isSuspended)];
}

function textOf(value: MsgpackValue | undefined, argument: string): string {
  if (typeof value === "string") return value;
  throw clientError(`${argument} must be a string`);
}

/** Norikra stumbles over a target that is not there, and so tells it as a failure of the server; its clients expect that. */
function unknownTarget(target: MsgpackValue | undefined): HotakaError {
  return new HotakaError("HOTAKA_TARGET_NOT_FOUND", `target name '${textOf(target, "target")}' not found`);
}

/** What Ruby takes for true: anything but nil and false. */
function isTrue(value: MsgpackValue | undefined): boolean {
  return value !== undefined && value !== null && value !== false;
}

function typesOf(fields: MsgpackValue): Record<string, string> | undefined {
  if (fields === null) return undefined;
  if (typeof fields !== "object" || Array.isArray(fields)) throw clientError("fields must be a hash of field names and types");
  const types = Object.entries(fields).map(([name, type]) => [
    name,
    checkFieldType(textOf(type as MsgpackValue, `type of field '${name}'`), "open"),
  ]);
  return types.length === 0 ? undefined : (Object.fromEntries(types) as Record<string, string>);
}
