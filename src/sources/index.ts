import type { SourceDefinition } from "../component/index.ts";
import { command } from "./command/command.ts";
import { forward } from "./forward/forward.ts";
import { http } from "./http/http.ts";
import { kafka } from "./kafka/kafka.ts";
import { poll } from "./poll/poll.ts";
import { replay } from "./replay/replay.ts";
import { stdin } from "./stdin/stdin.ts";
import { syslog } from "./syslog/syslog.ts";
import { tail } from "./tail/tail.ts";
import { unix } from "./unix/unix.ts";

/** Every source, in order of name. */
export const sources: readonly SourceDefinition<unknown>[] = [command, forward, http, kafka, poll, replay, stdin, syslog, tail, unix];
