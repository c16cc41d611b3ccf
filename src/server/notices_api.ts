import type { FastifyInstance } from "fastify";

/** What people were told, as `Notices` is. */
export interface NoticesService {
  acknowledge(id: string, by: string): string;
  /** Sends a test by every action of that name. */
  test(action: string): Promise<readonly { readonly name: string; readonly isDone: boolean; readonly sentence: string }[]>;
}

/**
 * For who has a token or the control socket, `POST /v1/notices/test` has the actions of a name send a message that says it is a test, and
 * `POST /v1/notices/{id}/acknowledge` says that a person has seen a notice.
 */
export function routeNotices(app: FastifyInstance, notices: NoticesService): void {
  app.post<{ Body: { action: string } }>("/v1/notices/test", { schema: { body: TEST }, config: TEST_CONFIG }, async ({ body }) => {
    const tested = await notices.test(body.action);
    return { actions: tested.map(({ name, isDone, sentence }) => ({ name, done: isDone, sentence })) };
  });
  app.post<{ Params: { id: string }; Body: { by: string } }>(
    "/v1/notices/:id/acknowledge",
    { schema: { body: BODY }, config: ACKNOWLEDGE_CONFIG },
    ({ params, body }) => ({
      sentence: notices.acknowledge(params.id, body.by),
    }),
  );
}

const TEST_CONFIG = {
  access: { role: "operate" },
  description: { summary: "Sends a test by every action of a name", tag: "notices", status: 200, answer: { type: "object" } },
} as const;
const ACKNOWLEDGE_CONFIG = {
  access: { role: "operate" },
  description: { summary: "Says that a person has seen a notice", tag: "notices", status: 200, answer: { type: "object" } },
} as const;
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
