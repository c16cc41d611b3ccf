import type { FastifyInstance } from "fastify";
import type { CatalogService } from "../catalog_service.ts";
import { list, object, TEXT } from "./route.ts";

/** `/v1/stats`: targets and queries as one JSON text, in the form in which Norikra keeps them. */
export function routeStats(app: FastifyInstance, catalog: CatalogService): void {
  app.get(
    "/v1/stats",
    {
      config: {
        description: { summary: "Targets and queries, as Norikra writes them down", tag: "stats", status: 200, answer: "application/json" },
      },
    },
    (_, reply) => reply.type("application/json").send(catalog.exportStats()),
  );
  app.post<{ Body: { text: string; dry_run: boolean } }>(
    "/v1/stats",
    {
      bodyLimit: STATS_BYTES_MAX,
      schema: { body: object({ text: TEXT, dry_run: { type: "boolean", default: false } }, ["text"]) },
      config: {
        access: { role: "operate", anonymous: true },
        description: {
          summary: "Opens targets and registers queries as Norikra, or GET, wrote them down; all of them or none",
          tag: "stats",
          status: 200,
          answer: object({
            targets: object({ opened: NAMES, there: NAMES }),
            queries: object({ running: NAMES, waiting: NAMES, edited: NAMES, there: NAMES }),
          }),
        },
      },
    },
    ({ body }) => catalog.importStats(body.text, { dryRun: body.dry_run }),
  );
}

const NAMES = list(TEXT);
/** Thousands of queries. */
const STATS_BYTES_MAX = 16 * 1024 * 1024;
