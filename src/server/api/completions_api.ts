import type { FastifyInstance } from "fastify";
import type { CatalogService } from "../catalog_service.ts";
import { list, object, TEXT } from "./route.ts";

/** `/v1/completions`: what may stand at a place in the text of a query, for editors. */
export function routeCompletions(app: FastifyInstance, { catalog }: { readonly catalog: CatalogService }): void {
  app.post<{ Body: { sql: string; offset: number } }>(
    "/v1/completions",
    {
      schema: { body: object({ sql: { type: "string", maxLength: SQL_CHARS_MAX }, offset: { type: "integer", minimum: 0 } }) },
      config: {
        access: { role: "read", anonymous: true },
        isUnaudited: true,
        description: {
          summary: "What may stand at an offset (UTF-16 units) of a query, in place of what is written from `from` on",
          tag: "queries",
          status: 200,
          answer: object({ from: { type: "integer" }, items: list(object({ text: TEXT, kind: TEXT, detail: TEXT })) }),
        },
      },
    },
    ({ body }) => catalog.completions(body.sql, body.offset),
  );
}

/** As long as a query may be. */
const SQL_CHARS_MAX = 65_536;
