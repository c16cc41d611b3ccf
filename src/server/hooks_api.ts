import type { FastifyInstance } from "fastify";

/** What is done with requests to paths that components handed over. */
export interface HooksService {
  find(name: string): HookHandler | undefined;
}

type HookHandler = (request: {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}) => Promise<{ readonly status: number; readonly body: string }>;

/** The hooks of one daemon. */
export class HookList implements HooksService {
  readonly #handlers = new Map<string, readonly HookHandler[]>();

  add(name: string, handle: HookHandler): () => void {
    this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handle]);
    return () => {
      this.#handlers.set(
        name,
        (this.#handlers.get(name) ?? []).filter((other) => other !== handle),
      );
    };
  }

  find(name: string): HookHandler | undefined {
    return this.#handlers.get(name)?.at(-1);
  }
}

/** `POST /v1/hooks/{name}` hands a request as it came to who takes it. Anybody may: who sends it proves who he is by a signature, which its handler checks. */
export function routeHooks(app: FastifyInstance, hooks: HooksService): void {
  void app.register(async (inner) => {
    inner.removeAllContentTypeParsers();
    inner.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: BODY_BYTES_MAX }, (_, body, done) => done(null, body));
    inner.post<{ Params: { name: string }; Body: Buffer | undefined }>("/v1/hooks/:name", { config: HOOK }, async (request, reply) => {
      const handle = hooks.find(request.params.name);
      if (handle === undefined) return reply.callNotFound();
      const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, lastOf(value)]);
      const answer = await handle({ headers: Object.fromEntries(headers), body: request.body ?? Buffer.alloc(0) });
      return reply.code(answer.status).type("text/plain; charset=utf-8").send(answer.body);
    });
  });
}

function lastOf(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : (value?.at(-1) ?? "");
}

const HOOK = {
  access: { role: "public" },
  isUnaudited: true,
  description: {
    summary: "Hands a signed request to the action that waits for it",
    tag: "hooks",
    status: 200,
    answer: "text/plain",
    takes: ["*/*"],
  },
} as const;
const BODY_BYTES_MAX = 65_536;
