import { type Command, InvalidArgumentError } from "commander";
import { HotakaError } from "../kit/index.ts";
import { Answer, askDaemon, followDaemon } from "../server/index.ts";
import { examples, type Shell } from "./command.ts";
import { type DaemonOptions, withDaemon, withDaemonOptions } from "./daemon_options.ts";

/** `hotaka tap` */
export function declareTap(command: Command, { terminal }: Shell): void {
  withDaemonOptions(command)
    .description(
      "Shows the rows of a query, or a sample of the events of a target, as they come: an object of JSON a line. Nothing is taken away.",
    )
    .argument("<name>", "a query or a target; where both are named so, the query")
    .option("--target", "the target of that name")
    .option("-r, --rate <number>", "events a second to show at most, of a target", rateOf, 20)
    .option("-n, --number <number>", "end after so many", countOf)
    .addHelpText(
      "after",
      examples(["hotaka tap access", "what comes in"], ["hotaka tap block.flood -n 1", "the next row of a query, in a script"]),
    )
    .action(async (name: string, options: DaemonOptions & { target?: boolean; rate: number; number?: number }) => {
      const [ended, counts] = [new AbortController(), { shown: 0, skipped: 0 }];
      const heard = (event: string, data: string): void => {
        if (event === "skipped") counts.skipped += Answer.parse(data).number("events");
        else if (event === "closed") terminal.err.write(`target ${name} was closed.\n`);
        else if (event === "gap" || counts.shown === options.number) return;
        else {
          terminal.out.write(`${data}\n`);
          if (++counts.shown === options.number) ended.abort();
        }
      };
      const onInterrupt = (): void => ended.abort();
      process.once("SIGINT", onInterrupt);
      try {
        await withDaemon(options, async (controlPath) => {
          const path = await pathOf(controlPath, name, options);
          await followDaemon(controlPath, path, { heard, signal: ended.signal });
        });
      } finally {
        process.off("SIGINT", onInterrupt);
      }
      if (counts.skipped > 0) terminal.err.write(`${counts.shown} events were shown, and ${counts.skipped} were not; --rate shows more.\n`);
    });
}

async function pathOf(
  controlPath: string,
  name: string,
  { target, rate }: { readonly target?: boolean; readonly rate: number },
): Promise<string> {
  const encoded = encodeURIComponent(name);
  const asTarget = `/v1/targets/${encoded}/stream?per_second=${rate}`;
  if (target === true) return asTarget;
  try {
    await askDaemon(controlPath, "GET", `/v1/queries/${encoded}`);
    return `/v1/queries/${encoded}/stream`;
  } catch (thrown) {
    if (!(thrown instanceof HotakaError) || thrown.code !== "HOTAKA_QUERY_NOT_FOUND") throw thrown;
    return asTarget;
  }
}

function rateOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A number from 1 to 9999 was wanted.");
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A number above 0 was wanted.");
}
