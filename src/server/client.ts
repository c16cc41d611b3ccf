import { request } from "node:http";
import { connect } from "node:net";
import { ERROR_CODES, type ErrorCode, errnoOf, HotakaError, messageOf } from "../kit/index.ts";
import { OPERATOR_HEADER } from "./access.ts";
import { Answer } from "./answer.ts";

/**
 * Asks a running daemon through its control socket. Throws HOTAKA_CONTROL_UNREACHABLE when none answers, and the error that the daemon
 * told, by its own code, when it refused. From `operatorAddress` on the daemon blocks nobody for a while; empty where it is not known.
 */
export async function askDaemon(
  controlPath: string,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: object,
  operatorAddress = "",
): Promise<Answer> {
  const { status, text } = await exchange(controlPath, method, path, {
    body: body === undefined ? undefined : JSON.stringify(body),
    operatorAddress,
  });
  const answer = Answer.parse(text);
  if (status < 400 || path === "/readyz") return answer;
  throw refusalOf(answer, status);
}

/** Whether somebody answers on a control socket: what a daemon that was killed left behind is there, and nobody does. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/**
 * Follows a stream of server-sent events of a running daemon: `heard` is told the name and the data of each. Resolves when the daemon ends
 * it, or `signal` aborts. Throws as `askDaemon`.
 */
export function followDaemon(
  controlPath: string,
  path: string,
  { heard, signal }: { readonly heard: (event: string, data: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: controlPath, path, headers: { accept: "text/event-stream" }, signal }, (answer) => {
      answer.setEncoding("utf8");
      let text = "";
      answer.on("data", (chunk: string) => {
        text += chunk;
        if (answer.statusCode !== 200) return;
        const events = text.split("\n\n");
        text = events.pop() ?? "";
        for (const event of events) {
          const fields = new Map(
            event.split("\n").map((line): [string, string] => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
          );
          const data = fields.get("data");
          if (data !== undefined) heard(fields.get("event") ?? "message", data);
        }
      });
      answer.once("end", () => {
        if (answer.statusCode === 200) resolve();
        else reject(refusalOf(Answer.parse(text), answer.statusCode ?? 0));
      });
      answer.once("error", () => resolve());
    });
    asked.once("error", (thrown) => {
      if (signal.aborted) resolve();
      else reject(unreachable(controlPath, thrown));
    });
    asked.end();
  });
}

function refusalOf(answer: Answer, status: number): HotakaError {
  const code = answer.textOr("code", "HOTAKA_CONTROL_REFUSED");
  return new HotakaError(
    isCode(code) ? code : "HOTAKA_CONTROL_REFUSED",
    answer.textOr("detail", `The daemon answered with status ${status}.`),
  );
}

function exchange(
  controlPath: string,
  method: string,
  path: string,
  { body, operatorAddress }: { readonly body: string | undefined; readonly operatorAddress: string },
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const fail = (thrown: unknown): void => reject(unreachable(controlPath, thrown));
    const said = /^[0-9A-Fa-f.:]{2,45}$/.test(operatorAddress) ? { [OPERATOR_HEADER]: operatorAddress } : {};
    const headers = body === undefined ? said : { ...said, "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const asked = request({ socketPath: controlPath, method, path, headers, timeout: ANSWER_MS_MAX }, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES_MAX) asked.destroy(new Error(`its answer is longer than ${ANSWER_BYTES_MAX} bytes`));
      });
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }));
      answer.once("error", fail);
    });
    asked.once("timeout", () => asked.destroy(new Error(`it gave no answer within ${ANSWER_MS_MAX / 1000} seconds`)));
    asked.once("error", fail);
    asked.end(body);
  });
}

function unreachable(controlPath: string, thrown: unknown): HotakaError {
  const errno = errnoOf(thrown) ?? "";
  const reason = UNREACHABLE.get(errno) ?? messageOf(thrown);
  return new HotakaError(
    "HOTAKA_CONTROL_UNREACHABLE",
    `No daemon answers on ${controlPath}: ${reason}. Start one with \`hotaka run\`, or name the data folder of the one that runs with --data-dir.`,
    { cause: thrown, details: { errno } },
  );
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

const ANSWER_MS_MAX = 10_000;
const ANSWER_BYTES_MAX = 67_108_864;

const UNREACHABLE: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such socket, so none runs with this data folder"],
  ["ECONNREFUSED", "the one that made it is gone"],
  ["EACCES", "this user may not use it; ask as the user that runs the daemon"],
  ["ENOTSOCK", "it is not a socket"],
]);
