import type { FastifyInstance } from "fastify";
import type { TargetStatus } from "../../catalog/index.ts";
import { HotakaError } from "../../kit/index.ts";
import type { CatalogService, ServedTarget } from "../catalog_service.ts";
import { list, NUMBER, NUMBER_OR_NULL, object, PAGE_ANSWER, PAGE_QUERY, pageOf, type PageQuery, TEXT, TRUTH } from "./route.ts";

export interface TargetsServices {
  readonly catalog: CatalogService;
  targetStatuses(): readonly TargetStatus[];
}

/** `/v1/targets`: the named streams of events, with their fields. */
export function routeTargets(app: FastifyInstance, services: TargetsServices): void {
  const { catalog } = services;
  const shown = (target: ServedTarget, status: TargetStatus | undefined): object => ({
    name: target.name,
    auto_field: target.autoField,
    lazy: target.lazy,
    fields: catalog.fields(target.name)?.length ?? 0,
    clock_ms: status?.clock_ms ?? null,
    events: status?.events ?? 0,
    late: status?.late ?? 0,
    lateness_seen_ms: status?.lateness_seen_ms ?? 0,
    future: status?.future ?? 0,
    held: status?.held ?? 0,
    released_early: status?.released_early ?? 0,
  });
  const statuses = (): Map<string, TargetStatus> => new Map(services.targetStatuses().map((status) => [status.name, status]));

  app.get<{ Querystring: PageQuery }>(
    "/v1/targets",
    {
      schema: { querystring: PAGE_QUERY },
      config: {
        description: { summary: "Lists targets", tag: "targets", status: 200, answer: object({ ...PAGE_ANSWER, targets: list(TARGET) }) },
      },
    },
    ({ query }) => {
      const { page, shown: targets } = pageOf(catalog.targets(), query);
      const known = statuses();
      return { ...page, targets: targets.map((target) => shown(target, known.get(target.name))) };
    },
  );
  app.get<{ Params: TargetParams }>(
    "/v1/targets/:target",
    { config: { description: { summary: "Shows a target", tag: "targets", status: 200, answer: TARGET } } },
    ({ params }) => shown(targetOf(catalog, params.target), statuses().get(params.target)),
  );
  app.put<{ Params: TargetParams; Body: TargetWish }>(
    "/v1/targets/:target",
    {
      schema: { body: TARGET_WISH },
      config: {
        access: { role: "operate", anonymous: true },
        description: {
          summary: "Opens a target, or changes whether it takes new fields; once more is no harm",
          tag: "targets",
          status: 200,
          answer: TARGET,
        },
      },
    },
    ({ params, body: { fields, auto_field: autoField } }, reply) => {
      const isNew = catalog.open(params.target, { fields: fields ?? undefined, autoField });
      if (!isNew) {
        catalog.setAutoField(params.target, autoField);
        for (const [field, type] of Object.entries(fields ?? {})) reserve(catalog, params.target, field, type);
      }
      return reply.code(isNew ? 201 : 200).send(shown(targetOf(catalog, params.target), statuses().get(params.target)));
    },
  );
  app.delete<{ Params: TargetParams }>(
    "/v1/targets/:target",
    {
      config: {
        access: { role: "operate", anonymous: true },
        description: { summary: "Takes a target out, with the queries that read it", tag: "targets", status: 204, answer: {} },
      },
    },
    ({ params }, reply) => {
      if (!catalog.close(params.target)) throw unknownTarget(params.target);
      return reply.code(204).send();
    },
  );
  routeFields(app, catalog);
}

function routeFields(app: FastifyInstance, catalog: CatalogService): void {
  app.get<{ Params: TargetParams; Querystring: PageQuery }>(
    "/v1/targets/:target/fields",
    {
      schema: { querystring: PAGE_QUERY },
      config: {
        description: {
          summary: "Lists the fields of a target",
          tag: "targets",
          status: 200,
          answer: object({ ...PAGE_ANSWER, fields: list(FIELD) }),
        },
      },
    },
    ({ params, query }) => {
      const fields = catalog.fields(params.target);
      if (fields === undefined) throw unknownTarget(params.target);
      const { page, shown } = pageOf(fields, query);
      return { ...page, fields: shown };
    },
  );
  app.put<{ Params: TargetParams & { field: string }; Body: { type: string } }>(
    "/v1/targets/:target/fields/:field",
    {
      schema: { body: object({ type: { ...TEXT, maxLength: 16 } }) },
      config: {
        access: { role: "operate", anonymous: true },
        description: {
          summary: "Gives a field its type before an event does; once more is no harm",
          tag: "targets",
          status: 200,
          answer: FIELD,
        },
      },
    },
    ({ params, body }, reply) => {
      const isNew = reserve(catalog, params.target, params.field, body.type);
      const field = catalog.fields(params.target)?.find(({ name }) => name === params.field);
      return reply.code(isNew ? 201 : 200).send(field ?? { name: params.field, type: body.type, optional: true });
    },
  );
}

/** True when the field is new. Throws HOTAKA_FIELD_CONFLICT when it stands with another type. */
function reserve(catalog: CatalogService, target: string, field: string, type: string): boolean {
  if (catalog.fields(target) === undefined) throw unknownTarget(target);
  if (catalog.reserve(target, field, type)) return true;
  const standing = catalog.fields(target)?.find(({ name }) => name === field);
  if (standing === undefined || standing.type === (SYNONYMS.get(type.toLowerCase()) ?? type)) return false;
  throw new HotakaError("HOTAKA_FIELD_CONFLICT", `field "${field}" of target "${target}" is ${standing.type} and cannot also be ${type}.`);
}

function targetOf(catalog: CatalogService, name: string): ServedTarget {
  const target = catalog.targets().find((served) => served.name === name);
  if (target === undefined) throw unknownTarget(name);
  return target;
}

/** The error of a request about a target that is not there. */
export function unknownTarget(name: string): HotakaError {
  return new HotakaError("HOTAKA_TARGET_NOT_FOUND", `There is no target "${name.slice(0, 100)}".`);
}

interface TargetParams {
  readonly target: string;
}

interface TargetWish {
  readonly fields?: Readonly<Record<string, string>> | null;
  readonly auto_field: boolean;
}

const TARGET = object({
  name: TEXT,
  auto_field: TRUTH,
  lazy: TRUTH,
  fields: NUMBER,
  clock_ms: NUMBER_OR_NULL,
  events: NUMBER,
  late: NUMBER,
  lateness_seen_ms: NUMBER,
  future: NUMBER,
  held: NUMBER,
  released_early: NUMBER,
});
const FIELD = object({ name: TEXT, type: TEXT, optional: TRUTH });
const TARGET_WISH = object(
  {
    fields: { type: ["object", "null"], additionalProperties: { ...TEXT, maxLength: 16 }, maxProperties: 1000 },
    auto_field: { ...TRUTH, default: true },
  },
  [],
);
/** Other words for a type, which are taken as well. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["bool", "boolean"],
  ["int", "integer"],
  ["long", "integer"],
  ["double", "float"],
]);
