import type { FastifyInstance, RouteOptions } from "fastify";
import { object, type RouteDescription, TEXT } from "./route.ts";

/**
 * Describes every route of `/v1` that is declared after this at `/v1/openapi.json`, from the schemas that requests are checked by: what is
 * not described is not there, and what is not checked is not described.
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export function routeOpenapi(app: FastifyInstance, version: string): void {
  const routes: RouteOptions[] = [];
  app.addHook("onRoute", (route) => {
    if (route.url.startsWith("/v1/") && route.method !== "HEAD") routes.push(route);
  });
  const description: RouteDescription = { summary: "This description", tag: "api", status: 200, answer: { type: "object" } };
  app.get("/v1/openapi.json", { config: { access: { role: "public" }, description } }, () => documentOf(routes, version));
}

function documentOf(routes: readonly RouteOptions[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.url.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [String(route.method).toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Hotaka", version, description: "Targets, queries, their rows, events, and blocks." },
    paths,
    components: {
      schemas: { Problem: PROBLEM },
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "A token of `hotaka token create`." } },
    },
  };
}

function operationOf({ config, schema, url }: RouteOptions): object {
  const { description, access } = config ?? {};
  const parameters = [
    ...[...url.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: "path", required: true, schema: TEXT })),
    ...queryParameters(schema?.querystring),
  ];
  const body = schema?.body === undefined ? undefined : { "application/json": { schema: schema.body } };
  const taken = description?.takes?.map((type) => [type, {}] as const);
  const content = body ?? (taken === undefined ? undefined : Object.fromEntries(taken));
  const answer = description?.answer ?? {};
  return {
    summary: description?.summary ?? "",
    tags: [description?.tag ?? ""],
    parameters,
    ...(content === undefined ? {} : { requestBody: { required: true, content } }),
    responses: {
      [String(description?.status ?? 200)]: {
        description: description?.summary ?? "",
        ...(description?.status === 204
          ? {}
          : { content: typeof answer === "string" ? { [answer]: {} } : { "application/json": { schema: answer } } }),
      },
      default: {
        description: "What went wrong",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
    security: access?.role === "public" ? [] : [{ token: [] }],
    "x-role": access?.role ?? "read",
  };
}

function queryParameters(schema: unknown): object[] {
  if (typeof schema !== "object" || schema === null || !("properties" in schema)) return [];
  const { properties } = schema as { readonly properties: Readonly<Record<string, object>> };
  return Object.entries(properties).map(([name, each]) => ({ name, in: "query", required: false, schema: each }));
}

const PROBLEM = object({ type: TEXT, title: TEXT, status: { type: "integer" }, detail: TEXT, code: TEXT });
