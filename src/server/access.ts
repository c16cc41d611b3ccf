import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { mayDo, type Role, type Tokens } from "../accounts/index.ts";
import { problem, type Problem } from "./problem.ts";

/** What a route asks of its caller. */
export interface RouteAccess {
  /** `public`: everybody, whatever is set. */
  readonly role: Role | "public";
  /** Also somebody on this machine without a token may, while there are no tokens: what Norikra's clients do without a login. */
  readonly anonymous?: boolean;
}

/** Who asks. */
export interface Caller {
  /** For the audit: `token deploy`, `control socket`, `127.0.0.1 without a token`. */
  readonly who: string;
  /** Undefined: nobody that is known, who may do what is public. */
  readonly role: Role | undefined;
  readonly isAnonymous: boolean;
}

export interface Door {
  /** `control` is used by who owns the daemon, and asks for nothing; `network` by whoever reaches it. */
  readonly kind: "control" | "network";
  readonly tokens: Tokens;
  /** Names that the Host header may have, beside localhost and addresses. */
  readonly hosts: readonly string[];
  /** Pages of these origins may ask from a browser, beside those of the API itself. */
  readonly origins: readonly string[];
}

/**
 * Who asks, or why that is not answered at all.
 *
 * A name in the Host header that is not ours means that a browser was led here under a foreign name (DNS rebinding), so that a page of that
 * name could read the answer; an address in it cannot be led anywhere. And a page of another origin may send, though it cannot read: so
 * whatever comes with a foreign Origin is refused, before it changes anything.
 */
export function callerOf(request: IncomingMessage, door: Door): Caller | Problem {
  if (door.kind === "control") return { who: "control socket", role: "admin", isAnonymous: false };
  const name = hostName(request.headers.host ?? "");
  if (isIP(name) === 0 && name !== "localhost" && !door.hosts.includes(name)) {
    const sentence = `The Host header is "${name.slice(0, 100)}"; an address, localhost, or a name of server.hosts in the settings was wanted.`;
    return problem(421, "HOTAKA_SERVER_HOST", sentence);
  }
  const { origin } = request.headers;
  if (origin !== undefined && !isOwnOrigin(origin, request.headers.host) && !door.origins.includes(origin)) {
    const sentence = `A page of ${JSON.stringify(origin.slice(0, 100))} asked; pages of other origins are answered only when server.origins in the settings names them.`;
    return problem(403, "HOTAKA_SERVER_ORIGIN", sentence);
  }
  return callerWithToken(request, door.tokens);
}

/** Why a caller may not do what a route is for; undefined when they may. */
export function refusalOf(caller: Caller, access: RouteAccess): Problem | undefined {
  if (access.role === "public") return undefined;
  if (caller.role === undefined)
    return problem(401, "HOTAKA_SERVER_TOKEN", `A token was wanted: Authorization: Bearer hotaka_... . ${HOW_TO_GET}`);
  if (!mayDo(caller.role, access.role)) {
    const sentence = `This takes the role ${access.role}, and ${caller.who} has ${caller.role}. ${HOW_TO_GET}`;
    return problem(403, "HOTAKA_SERVER_ROLE", sentence);
  }
  if (!caller.isAnonymous || access.role === "read" || access.anonymous === true) return undefined;
  const sentence = `This takes a token, or the control socket, which \`hotaka\` uses by itself on the machine of the daemon. ${HOW_TO_GET}`;
  return problem(401, "HOTAKA_SERVER_TOKEN", sentence);
}

/**
 * From where somebody asks who may change things; empty when nobody knows, or he may not. On the control socket the command says it, as the
 * login it was typed in knows: only the owner of the daemon can.
 */
export function operatorAddressOf(request: IncomingMessage, caller: Caller, door: Door["kind"]): string {
  if (door === "control") return String(request.headers[OPERATOR_HEADER] ?? "");
  const isOperator = !caller.isAnonymous && caller.role !== undefined && mayDo(caller.role, "operate");
  return isOperator ? (request.socket.remoteAddress ?? "") : "";
}

/** Of a request on the control socket: the address of the login that asks. */
export const OPERATOR_HEADER = "hotaka-operator-address";

export function isProblem(value: Caller | Problem): value is Problem {
  return "status" in value;
}

function callerWithToken(request: IncomingMessage, tokens: Tokens): Caller | Problem {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const [, text = ""] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const token = tokens.verify(text);
    if (token !== undefined) return { who: `token ${token.name}`, role: token.role, isAnonymous: false };
    return problem(401, "HOTAKA_SERVER_TOKEN", `The token is none of ours, was revoked, or its time is over. ${HOW_TO_GET}`);
  }
  const address = request.socket.remoteAddress ?? "";
  const role = tokens.count > 0 ? undefined : isLoopback(address) ? "operate" : "read";
  return { who: `${address.replace(/^::ffff:/, "")} without a token`, role, isAnonymous: true };
}

function isLoopback(address: string): boolean {
  return address === "::1" || /^(?:::ffff:)?127\./.test(address);
}

function isOwnOrigin(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

/** The Host header without its port, and an IPv6 address without its brackets. */
function hostName(header: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(header);
  return (bracketed?.[1] ?? header.replace(/:\d*$/, "")).toLowerCase();
}

const HOW_TO_GET = "`hotaka token create` makes one.";
