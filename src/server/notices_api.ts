import type { FastifyInstance } from "fastify";

/** What people were told, as `Notices` is. */
export interface NoticesService {
  acknowledge(id: string, by: string): string;
  /** Sends a test by every action of that name. */
  test(action: string): Promise<readonly { readonly name: string; readonly isDone: boolean; readonly sentence: string }[]>;
}

/**
 * Through the control socket, `POST /v1/notices/test` has the actions of a name send a message that says it is a test, and
 * `POST /v1/notices/{id}/acknowledge` says that a person has seen a notice.
 */
export function routeNotices(app: FastifyInstance, notices: NoticesService, door: "control" | "network"): void {
  if (door === "network") return;
  app.post<{ Body: { action: string } }>("/v1/notices/test", { schema: { body: TEST } }, async ({ body }) => {
    const tested = await notices.test(body.action);
    return { actions: tested.map(({ name, isDone, sentence }) => ({ name, done: isDone, sentence })) };
  });
  app.post<{ Params: { id: string }; Body: { by: string } }>(
    "/v1/notices/:id/acknowledge",
    { schema: { body: BODY } },
    ({ params, body }) => ({
      sentence: notices.acknowledge(params.id, body.by),
    }),
  );
}

const BODY = {
  type: "object",
  additionalProperties: false,
  properties: { by: { type: "string", minLength: 1, maxLength: 200, default: "a person" } },
};
const TEST = {
  type: "object",
  additionalProperties: false,
  required: ["action"],
  properties: { action: { type: "string", minLength: 1, maxLength: 200 } },
};
