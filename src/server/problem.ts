import { STATUS_CODES } from "node:http";
import { type ErrorCode, HotakaError, type Log, messageOf } from "../kit/index.ts";

/** An error as the API tells it: RFC 9457, with our code beside it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
}

export const PROBLEM_TYPE = "application/problem+json";

/** The problem of whatever was thrown while answering. What is not an error of ours is logged here, and tells nothing to who asked. */
export function problemOf(thrown: unknown, log: Log): Problem {
  if (thrown instanceof HotakaError)
    return problem(STATUS_OF.get(thrown.code) ?? (thrown.code.startsWith("HOTAKA_SQL_") ? 400 : 500), thrown.code, thrown.message);
  const status = statusOf(thrown);
  if (status !== undefined && status < 500)
    return problem(status, "HOTAKA_SERVER_REQUEST", `The request was not understood: ${messageOf(thrown)}.`);
  log.error(`server: a request could not be answered: ${messageOf(thrown)}`);
  return problem(500, "HOTAKA_SERVER_INTERNAL", "The request could not be answered. The log of the daemon says why.");
}

export function problem(status: number, code: ErrorCode, detail: string): Problem {
  return { type: `urn:hotaka:error:${code}`, title: STATUS_CODES[status] ?? "Error", status, detail, code };
}

/** Errors of fastify carry the status that they stand for. */
function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof Error && "statusCode" in thrown && typeof thrown.statusCode === "number" ? thrown.statusCode : undefined;
}

const STATUS_OF: ReadonlyMap<ErrorCode, number> = new Map<ErrorCode, number>([
  ["HOTAKA_ADDRESS_INVALID", 400],
  ["HOTAKA_SERVER_REQUEST", 400],
  ["HOTAKA_MSGPACK", 400],
  ["HOTAKA_EVENTS_JSON", 400],
  ["HOTAKA_EVENTS_REFUSED", 400],
  ["HOTAKA_INBOX_RECORD", 413],
  ["HOTAKA_FIELD_INVALID", 400],
  ["HOTAKA_TARGET_NAME", 400],
  ["HOTAKA_QUERY_NAME", 400],
  ["HOTAKA_QUERY_LOOP", 400],
  ["HOTAKA_STATS_INVALID", 400],
  ["HOTAKA_TOKEN_NAME", 400],
  ["HOTAKA_ACTION_UNKNOWN", 404],
  ["HOTAKA_BLOCK_NOT_FOUND", 404],
  ["HOTAKA_HOLD_NOT_FOUND", 404],
  ["HOTAKA_NOTICE_NOT_FOUND", 404],
  ["HOTAKA_QUERY_NOT_FOUND", 404],
  ["HOTAKA_TARGET_NOT_FOUND", 404],
  ["HOTAKA_TOKEN_NOT_FOUND", 404],
  ["HOTAKA_BLOCK_REFUSED", 409],
  ["HOTAKA_CONFIG_DUPLICATE", 409],
  ["HOTAKA_QUERY_DECLARED", 409],
  ["HOTAKA_FIELD_CONFLICT", 409],
  ["HOTAKA_TARGET_LIMIT", 409],
  ["HOTAKA_TOKEN_LIMIT", 409],
  ["HOTAKA_INBOX_FULL", 503],
  ["HOTAKA_JOURNAL_WRITE", 503],
  ["HOTAKA_SERVER_BUSY", 503],
  ["HOTAKA_STOPPING", 503],
]);
