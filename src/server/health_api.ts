import type { FastifyInstance, FastifyRequest } from "fastify";

export interface HealthService {
  readonly version: string;
  /** Since when it runs (epoch ms). */
  readonly startedMs: number;
  nowMs(): number;
  /** Why it does not do its work yet, a sentence each; empty when it does. */
  notReady(): readonly string[];
}

/** `/healthz`: the process answers. `/readyz`: it also does its work, or 503 with the reasons why not. */
export function routeHealth(
  app: FastifyInstance,
  health: HealthService,
  { door, mayRead }: { readonly door: "control" | "network"; readonly mayRead: (request: FastifyRequest) => boolean },
): void {
  app.get("/healthz", { config: { access: { role: "public" } } }, () => ({
    status: "ok",
    version: health.version,
    up_ms: health.nowMs() - health.startedMs,
    // Which process it is concerns who may signal it.
    ...(door === "control" ? { pid: process.pid } : {}),
  }));
  app.get("/readyz", { config: { access: { role: "public" } } }, (request, reply) => {
    const reasons = health.notReady();
    // Reasons name files and queries, which are not for everybody who may ask whether to send traffic here.
    return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons: mayRead(request) ? reasons : [] });
  });
}
