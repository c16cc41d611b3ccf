import type { FastifyInstance } from "fastify";
import { PROMETHEUS_TYPE, prometheusText, type Readings } from "./metrics.ts";

export interface MetricsServices {
  readings(): Readings;
}

/** `/metrics`: every counter and gauge, for Prometheus. */
export function routeMetrics(app: FastifyInstance, services: MetricsServices): void {
  app.get("/metrics", (_, reply) => reply.type(PROMETHEUS_TYPE).send(prometheusText(services.readings())));
}
