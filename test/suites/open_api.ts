import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Role } from "../../src/accounts/index.ts";
import { Blocks, DEFAULT_POLICY, LEDGER_MIGRATIONS, Protection } from "../../src/blocks/index.ts";
import { Counters, openDatabase, silentLog, Steps, VirtualClock } from "../../src/kit/index.ts";
import { openServer } from "../../src/server/index.ts";
import { fakeServices } from "../fakes/fake_services.ts";

/** What a server answered. */
export interface Asked {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** Undefined where the answer is no JSON. */
  readonly json: unknown;
}

interface Wish {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly raw?: Buffer;
}

/** A server on fake services, on a clock that the test moves from `nowMs` on. */
export async function openApi(nowMs: number) {
  const folder = mkdtempSync(join(tmpdir(), "hotaka-api-"));
  const database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
  const clock = new VirtualClock(nowMs);
  const rules = { policy: DEFAULT_POLICY, protection: new Protection([]) };
  const blocks = new Blocks({ database, rules, clock, steps: new Steps(clock), log: silentLog, counters: new Counters() });
  const services = await fakeServices({ dataDir: folder, clock, blocks });
  const server = await openServer({
    services,
    log: silentLog,
    clock,
    counters: services.counters,
    listen: { host: "127.0.0.1", port: 0 },
    hosts: [],
    origins: ["https://dash.example"],
    bodyBytesMax: 100_000,
    bodiesBytesMax: 150_000,
    rpc: undefined,
    dataDir: folder,
  });
  return {
    clock,
    services,
    server,
    ask: (method: string, path: string, wish: Wish = {}): Promise<Asked> => ask(server.url, method, path, wish),
    /** A header with a new token of that role. */
    tokenOf: (role: Role): Record<string, string> => ({
      authorization: `Bearer ${services.accounts.tokens.create({ name: `a-${role}`, role, forMs: undefined, by: "me" })}`,
    }),
    close: async (): Promise<void> => {
      await server.close();
      services.accounts.close();
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function ask(url: string, method: string, path: string, { body, headers = {}, raw }: Wish): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const bytes = raw ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
    const length = bytes === undefined ? {} : { "content-type": "application/json", "content-length": bytes.length };
    const asked = request(`${url}${path}`, { method, headers: { ...length, ...headers } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.once("end", () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = answer.headers["content-type"]?.includes("json") === true;
        resolve({ status: answer.statusCode, headers: answer.headers, text, json: isJson ? JSON.parse(text) : undefined });
      });
    });
    asked.once("error", reject);
    asked.end(bytes);
  });
}
