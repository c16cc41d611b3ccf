import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The part of AWS WAF that IP sets take, over HTTP: JSON with a lock token that every change makes anew, 10,000 addresses at most.
 * @see AWS WAFV2 API, GetIPSet, UpdateIPSet
 */
export class WafServer {
  readonly sets = new Map<string, string[]>();
  /** Called before each update, as somebody who is quicker. */
  before: (() => void) | undefined;
  isDown = false;
  updates = 0;
  readonly #tokens = new Map<string, number>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (request, response) => {
      void (async () => {
        const body = await jsonOf(request);
        const [status, json] = this.#answer(String(request.headers["x-amz-target"]), body);
        response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(json));
      })();
    });
  }

  static async open(): Promise<WafServer> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return new WafServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** A stranger at the console. */
  edit(id: string, change: (addresses: readonly string[]) => string[]): void {
    this.sets.set(id, change(this.sets.get(id) ?? []));
    this.#tokens.set(id, (this.#tokens.get(id) ?? 0) + 1);
  }

  #answer(target: string, { Id = "", LockToken, Addresses = [] }: Wish): [number, object] {
    if (this.isDown) return [500, { __type: "WAFInternalErrorException", Message: "try again" }];
    const addresses = this.sets.get(Id);
    if (addresses === undefined)
      return [
        400,
        { __type: "WAFNonexistentItemException", Message: "AWS WAF couldn't perform the operation because your resource doesn't exist." },
      ];
    if (target.endsWith("GetIPSet")) return [200, { IPSet: { Id, Addresses: addresses }, LockToken: this.#token(Id) }];
    this.before?.();
    if (LockToken !== this.#token(Id)) return [400, { __type: "WAFOptimisticLockException", Message: "somebody was quicker" }];
    if (Addresses.length > 10_000) return [400, { __type: "WAFLimitsExceededException", Message: "too many addresses" }];
    this.updates++;
    this.edit(Id, () => [...Addresses]);
    return [200, { NextLockToken: this.#token(Id) }];
  }

  #token(id: string): string {
    return `00000000-0000-0000-0000-${String(this.#tokens.get(id) ?? 0).padStart(12, "0")}`;
  }
}

interface Wish {
  readonly Id?: string;
  readonly LockToken?: string;
  readonly Addresses?: readonly string[];
}

async function jsonOf(request: IncomingMessage): Promise<Wish> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Wish;
}
