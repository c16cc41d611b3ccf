import type { FastifyInstance } from "fastify";
import type { QueryStatus, TargetStatus } from "../catalog/index.ts";

export interface QueriesService {
  queries(): readonly QueryStatus[];
  targets(): readonly TargetStatus[];
}

/** `/v1/queries`: every query with its text, state and counts, and the clocks of the targets they read. */
export function routeQueries(app: FastifyInstance, service: QueriesService): void {
  app.get("/v1/queries", () => ({ queries: service.queries(), targets: service.targets() }));
}
