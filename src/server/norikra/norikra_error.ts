import { AssertionError, HotakaError, type Log, messageOf } from "../../kit/index.ts";

/**
 * A failure as the RPC of Norikra tells it: the name of a Ruby class, which its clients look up, and a sentence. Whose fault it was decides
 * what they do: fluent-plugin-norikra drops a chunk at a ClientError and sends it again at a ServerError.
 */
export class NorikraError extends Error {
  readonly className: NorikraErrorName;

  constructor(className: NorikraErrorName, message: string) {
    super(message);
    this.name = "NorikraError";
    this.className = className;
  }
}

export type NorikraErrorName = "Norikra::RPC::ClientError" | "Norikra::RPC::ServerError" | "Norikra::RPC::ServiceUnavailableError";

export function clientError(message: string): NorikraError {
  return new NorikraError("Norikra::RPC::ClientError", message);
}

/** Whatever was thrown while a method ran. What is no failure that we foresaw is logged here, and tells nothing to who asked. */
export function norikraErrorOf(thrown: unknown, log: Log): NorikraError {
  if (thrown instanceof NorikraError) return thrown;
  if (thrown instanceof HotakaError) {
    if (UNAVAILABLE.has(thrown.code)) return new NorikraError("Norikra::RPC::ServiceUnavailableError", thrown.message);
    if (SERVER_ERRORS.has(thrown.code)) return new NorikraError("Norikra::RPC::ServerError", `${thrown.code}, ${thrown.message}`);
    return clientError(thrown.message);
  }
  log.error(`rpc: a call could not be answered: ${messageOf(thrown)}`);
  const cause = thrown instanceof AssertionError ? "AssertionError" : "Error";
  return new NorikraError("Norikra::RPC::ServerError", `${cause}, the call could not be answered; the log of the daemon says why.`);
}

/** The daemon cannot take events now and may later: what was sent is to be sent again. */
const UNAVAILABLE: ReadonlySet<string> = new Set(["HOTAKA_STOPPING", "HOTAKA_JOURNAL_WRITE", "HOTAKA_INBOX_FULL"]);
/** What Norikra tells as a failure of the server: its own, and what Esper found in the meaning of a query (its grammar is a ClientError). */
const SERVER_ERRORS: ReadonlySet<string> = new Set([
  "HOTAKA_DATABASE",
  "HOTAKA_JOURNAL_CORRUPT",
  "HOTAKA_TARGET_NOT_FOUND",
  "HOTAKA_SQL_INVALID",
  "HOTAKA_SQL_TYPE",
  "HOTAKA_SQL_UNKNOWN_FIELD",
  "HOTAKA_SQL_UNKNOWN_FUNCTION",
  "HOTAKA_SQL_UNKNOWN_WINDOW",
]);
