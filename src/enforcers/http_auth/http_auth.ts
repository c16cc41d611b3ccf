import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { defineEnforcer, type Enforcer, type EnforcerContext, type HostAndPort, hostAndPort, worded } from "../../component/index.ts";
import { type Cidr, type Counter, errnoOf, HotakaError, messageOf, parseCidr } from "../../kit/index.ts";
import type { ExpiringTable, Tables } from "../../tables/index.ts";
import { TableBlocks } from "../table_blocks.ts";
import { ClientAddress } from "./client_address.ts";

/** What http_auth needs beside the rest. */
export interface HttpAuthContext extends EnforcerContext {
  readonly tables: Tables;
}

interface HttpAuthConfig {
  readonly listen: HostAndPort;
  readonly open_to_network: boolean;
  readonly trusted_proxies: readonly Cidr[];
  readonly header: string;
  readonly unknown_client: "allow" | "deny";
  readonly name: string;
  readonly entries_max: number;
}

/** Tells reverse proxies, request by request, whether a client is blocked. */
export const httpAuth = defineEnforcer<HttpAuthConfig, HttpAuthContext>({
  name: "http_auth",
  summary:
    "Tells reverse proxies, request by request, whether a client is blocked: nginx auth_request, Traefik forwardAuth, Caddy forward_auth, Envoy ext_authz.",
  undo: "There is nothing to take back: proxies are answered as long as the daemon runs. Take the question out of their settings first.",
  config: (z) => {
    const cidr = worded(z, "an address or a prefix such as 127.0.0.1 or 10.0.0.0/8", (text) => {
      const value = parseCidr(text);
      return value === undefined ? undefined : { value };
    });
    return z
      .strictObject({
        listen: hostAndPort(z)
          .prefault("127.0.0.1:26579")
          .describe("Where proxies ask. Every path and method is answered: 200, or 403 for a client that is blocked."),
        open_to_network: z.boolean().default(false).describe("Allows `listen` to be an address that other machines can reach."),
        trusted_proxies: z
          .array(cidr)
          .max(1000)
          .prefault(["127.0.0.0/8", "::1"])
          .describe("Proxies whose header is believed. Whoever else asks is taken for the client itself."),
        header: z
          .string()
          .regex(/^[A-Za-z0-9-]{1,64}$/, "the name of a header was wanted, such as X-Real-IP.")
          .default("X-Forwarded-For")
          .describe(
            "Header with the address of the client. Of a list the last address that is no trusted proxy counts; what a client writes before it does not.",
          ),
        unknown_client: z
          .enum(["allow", "deny"])
          .default("allow")
          .describe("The answer where the header holds no address. It is counted: see http_auth_clients_unknown."),
        name: z
          .string()
          .regex(/^[a-z][a-z0-9_]{0,63}$/)
          .default("http_auth")
          .describe("Name of the table that holds the blocks. Two of these need two names."),
        entries_max: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(100_000)
          .describe("Most blocks it holds; those beyond are shown as over capacity."),
      })
      .superRefine(({ listen: { host }, open_to_network: isOpen }, context) => {
        if (isOpen || host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host)) return;
        const message = `listen: ${host} can be reached from other machines. Listen on 127.0.0.1, or add open_to_network: true.`;
        context.addIssue({ code: "custom", message });
      });
  },
  examples: [{}, { listen: "10.0.0.5:26579", open_to_network: true, trusted_proxies: ["10.0.0.0/24"], header: "X-Real-IP" }],
  open: async (config, context) => openHttpAuth(config, context),
});

/** An http_auth that listens. */
export interface HttpAuth extends Enforcer {
  /** `http://127.0.0.1:26579` */
  readonly url: string;
}

/** Throws HOTAKA_ENFORCER_FAILED when it cannot listen. */
async function openHttpAuth(config: HttpAuthConfig, { tables, counters }: HttpAuthContext): Promise<HttpAuth> {
  const held = tables.open(config.name, config.entries_max);
  const counted = (answer: string): Counter =>
    counters.counter("http_auth_requests", "Questions of proxies, by answer.", { answer, table: config.name });
  const answerer = new Answerer({
    held,
    clients: new ClientAddress(config.trusted_proxies, config.header),
    deniesUnknown: config.unknown_client === "deny",
    allowed: counted("allowed"),
    denied: counted("denied"),
    unknown: counters.counter("http_auth_clients_unknown", "Questions of proxies without the address of a client.", { table: config.name }),
  });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_MS_MAX }, (request, response) =>
    answerer.answer(request, response),
  );
  server.maxConnections = CONNECTIONS_MAX;
  const url = await listen(server, config.listen);
  return new ListeningBlocks(held, server, url);
}

class ListeningBlocks extends TableBlocks implements HttpAuth {
  readonly url: string;
  readonly #server: Server;

  constructor(held: ExpiringTable, server: Server, url: string) {
    super(held);
    this.#server = server;
    this.url = url;
  }

  override async close(): Promise<void> {
    this.#server.closeIdleConnections();
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    // A proxy keeps its connections; what it asks on them now it has to ask again.
    this.#server.closeAllConnections();
    await closed;
  }
}

interface AnswererOptions {
  readonly held: ExpiringTable;
  readonly clients: ClientAddress;
  readonly deniesUnknown: boolean;
  readonly allowed: Counter;
  readonly denied: Counter;
  readonly unknown: Counter;
}

/** A look-up and an answer without a body: tens of microseconds, since every request of every client waits for it. */
class Answerer {
  readonly #options: AnswererOptions;

  constructor(options: AnswererOptions) {
    this.#options = options;
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const { held, clients, deniesUnknown, allowed, denied, unknown } = this.#options;
    // A body, where a proxy sends one, is not read but must not stay in the way of the next question.
    request.resume();
    const client = clients.of(request.socket.remoteAddress, request.headers);
    if (client === undefined) unknown.add();
    const isBlocked = client === undefined ? deniesUnknown : held.holding(client.address) !== undefined;
    if (isBlocked) denied.add();
    else allowed.add();
    response.writeHead(isBlocked ? 403 : 200, HEADERS).end();
  }
}

async function listen(server: Server, { host, port }: HostAndPort): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", (thrown) => {
      const reason = errnoOf(thrown) === "EADDRINUSE" ? "something else listens there" : messageOf(thrown);
      reject(
        new HotakaError(
          "HOTAKA_ENFORCER_FAILED",
          `http_auth could not listen on ${host}:${port}: ${reason}. Choose another address with listen.`,
        ),
      );
    });
    server.listen(port, host, () => {
      const { address, family, port: chosen } = server.address() as AddressInfo;
      resolve(`http://${family === "IPv6" ? `[${address}]` : address}:${chosen}`);
    });
  });
}

const HEADERS = { "content-length": "0", "cache-control": "no-store" };
const KEEP_ALIVE_MS = 75_000;
const REQUEST_MS_MAX = 10_000;
const CONNECTIONS_MAX = 10_000;
