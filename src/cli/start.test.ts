import { expect, test } from "vitest";
import { recordedTerminal } from "../../test/cli/recorded_terminal.ts";
import { VirtualClock } from "../kit/index.ts";
import { COMMANDS } from "./commands.ts";
import { REFUSED_OPTIONS } from "./norikra/refused_options.ts";
import { runProgram } from "./program.ts";

async function refusal(...words: string[]): Promise<string> {
  const terminal = recordedTerminal();
  const status = await runProgram(["start", ...words], COMMANDS, { terminal, clock: new VirtualClock(), env: {}, exitStatus: 0 });
  expect(status).toBe(2);
  return terminal.err.text;
}

test.each(REFUSED_OPTIONS.map(({ name, flags }) => [name, flags.includes("<") ? [name, "8"] : [name]]))(
  "%s, which means nothing here, is refused by its name",
  async (name, words) => {
    expect(await refusal(...words)).toContain(`HOTAKA_CLI_USAGE  ${name} is an option of Norikra that Hotaka has no use for`);
  },
);

test.each(["-Xmx2g", "-XX:+UseG1GC", "-Dcom.sun.management.jmxremote", "-verbose:gc", "-javaagent:a.jar", "-agentlib:jdwp"])(
  "%s is for a JVM and refused",
  async (word) => {
    expect(await refusal(word)).toContain(`${word} is for the JVM of Norikra`);
  },
);

test.each([
  [["--daemonize"], "'logdir' must be specified for '--daemonize'."],
  [["--outfile", "x"], "--outfile is for --daemonize"],
  [["--stats-secondary", "stats.%Y.json"], "are for --stats, which was not given"],
  [["--suppress-dump-stat"], "are for --stats, which was not given"],
  [["-H", "0.0.0.0"], "rpc.open_to_network: true"],
  [["--port", "x"], "A port from 1 to 65535 was wanted"],
  [["--dump-stat-interval", "0"], "A number of seconds was wanted"],
  [["--log-filesize", "12"], "A size of at least 1KB was wanted"],
  [["--lgodir", "x"], '"--lgodir" is nothing that hotaka start takes'],
])("%j is refused", async (words, sentence) => {
  expect(await refusal(...words)).toContain(sentence);
});
