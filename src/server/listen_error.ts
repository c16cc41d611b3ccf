import { errnoOf, HotakaError, messageOf } from "../kit/index.ts";

/** Why `what` could not listen, in words, and where another address is named. */
export function listenError(
  what: string,
  { host, port }: { readonly host: string; readonly port: number },
  setting: string,
  thrown: unknown,
): HotakaError {
  const reason = LISTEN_FAILURES.get(errnoOf(thrown) ?? "") ?? messageOf(thrown);
  return new HotakaError(
    "HOTAKA_SERVER_LISTEN",
    `${what} could not listen on ${host}:${port}: ${reason}. Choose another address with ${setting}.`,
    { cause: thrown, details: { errno: errnoOf(thrown) ?? "" } },
  );
}

const LISTEN_FAILURES: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "something else listens there, perhaps another daemon"],
  ["EACCES", "this user may not listen there; ports below 1024 need privilege"],
  ["EADDRNOTAVAIL", "this machine has no such address"],
  ["ENOTFOUND", "no such host is known"],
]);
