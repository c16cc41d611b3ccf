import { finished } from "node:stream/promises";
import type { Readable } from "node:stream";
import type { Source, SourceContext } from "../../component/index.ts";
import type { FormatChoice } from "../../formats/index.ts";
import { messageOf } from "../../kit/index.ts";
import { openFormat } from "../format_setting.ts";
import { LineInbox, LineStream } from "../line_inbox.ts";
import type { DestinationConfig } from "../line_settings.ts";

/** Settings of a stdin source, as its schema makes them. */
export interface StdinConfig extends DestinationConfig {
  readonly format: FormatChoice;
  readonly line_bytes_max: number;
}

/** Reads `input` to its end. */
export function openStdin(config: StdinConfig, context: SourceContext, input: Readable): Source {
  const { line_bytes_max: lineBytesMax } = config;
  const lines = new LineInbox({ context, key: "stdin", format: openFormat(config.format), destination: config, lineBytesMax });
  const stream = new LineStream(lines, input);
  let state = "reading";
  const receive = (piece: Buffer): void => stream.receive(piece);
  const end = async (): Promise<void> => {
    try {
      await finished(input, { writable: false });
    } catch (thrown) {
      context.log.warn(`${context.name}: the standard input broke off: ${messageOf(thrown)}.`);
    }
    await stream.end();
    state = "read";
  };
  input.on("data", receive);
  context.steps.signal.addEventListener("abort", () => input.off("data", receive).pause(), { once: true });
  return {
    finished: end(),
    status: () => ({ sentence: `${state} the standard input, ${lines.events} events`, ok: true }),
    async close() {
      input.off("data", receive);
      // So that the process may end although the pipe is open.
      input.destroy();
      await stream.end();
    },
  };
}
