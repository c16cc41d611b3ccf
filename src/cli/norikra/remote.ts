import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { didYouMean, HotakaError, type MsgpackValue } from "../../kit/index.ts";
import { controlPathOf, isAnswered, type RpcAddress, RpcClient, RpcError } from "../../server/index.ts";
import type { Shell } from "../command.ts";
import { type DaemonOptions, dataFolders } from "../daemon_options.ts";

/** The options of `target`, `query`, `field`, `event` and `admin`: which server is meant, and how failures are told. */
interface RemoteOptions extends DaemonOptions {
  readonly host?: string;
  readonly port?: number;
  readonly compat?: boolean;
}

/** Gives a noun (`target`) its options and its verbs, and help to who names none. */
export function declareNoun(command: Command, description: string): Command {
  return command
    .description(description)
    .usage("VERB [arguments] [options]")
    .option("--host <name>", "host of the server, ours or one of Norikra, in place of the daemon of this machine")
    .option("--port <number>", `its port (${NORIKRA_PORT})`, portOf)
    .option("-c, --config <file>", "settings file of the daemon to ask")
    .option("-d, --data-dir <folder>", "data folder of the daemon to ask")
    .option("--compat", "exit with status 0 also when the server refuses, as norikra-client does")
    .helpCommand("help [verb]", "print the help of a verb")
    .allowExcessArguments()
    .addHelpText("after", ASKED)
    .action(() => {
      const [verb] = command.args;
      if (verb === undefined) return command.outputHelp();
      const verbs = command.commands.map((each) => each.name());
      const known = didYouMean(verb, verbs) || ` Verbs: ${verbs.join(", ")}.`;
      throw new HotakaError("HOTAKA_CLI_USAGE", `"${verb.slice(0, 60)}" is not a verb of hotaka ${command.name()}.${known}`);
    });
}

/** A connection to the server that is meant, for one command. */
export class Remote {
  readonly #client: RpcClient;

  private constructor(client: RpcClient) {
    this.#client = client;
  }

  /**
   * Does `work` with the server that the options of `noun` mean. What the server refuses is written to `out` in the words of
   * norikra-client, where scripts look for it, and the command fails, unless `--compat` was given.
   */
  static async with(noun: Command, shell: Shell, work: (remote: Remote) => Promise<void>): Promise<void> {
    const options = noun.opts<RemoteOptions>();
    const client = new RpcClient(await addressOf(options));
    try {
      await work(new Remote(client));
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      shell.terminal.out.write(failureText(thrown));
      if (options.compat !== true) shell.exitStatus = 1;
    } finally {
      client.close();
    }
  }

  async call(method: string, ...args: readonly MsgpackValue[]): Promise<MsgpackValue> {
    return this.#client.call(method, ...args);
  }

  /** As `call`, of a method that answers a list. */
  async list(method: string, ...args: readonly MsgpackValue[]): Promise<readonly MsgpackValue[]> {
    const answer = await this.#client.call(method, ...args);
    if (Array.isArray(answer)) return answer as readonly MsgpackValue[];
    throw new HotakaError("HOTAKA_RPC_ANSWER", `${this.#client.place} answered ${method} with something that is no list.`);
  }

  /** As `call`, of a method that answers a list of maps. */
  async maps(method: string, ...args: readonly MsgpackValue[]): Promise<Readonly<Record<string, MsgpackValue>>[]> {
    return (await this.list(method, ...args)).map(mapOf);
  }
}

/** The fields of a map, or none where there is no map. */
export function mapOf(value: MsgpackValue): Readonly<Record<string, MsgpackValue>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, MsgpackValue>>) : {};
}

function failureText({ className, message }: RpcError): string {
  if (className === "Norikra::RPC::ClientError") return `Failed: ${message}\n`;
  return `ERROR on norikra server: ${message}\n For more details, see norikra server's logs\n`;
}

/** With `--host` or `--port` that server; else the daemon of this place, through its control socket; else the port on this machine. */
async function addressOf({ host, port, config, dataDir }: RemoteOptions): Promise<RpcAddress> {
  const network = { host: host ?? "localhost", port: port ?? NORIKRA_PORT };
  const isNamed = config !== undefined || dataDir !== undefined;
  if ((host !== undefined || port !== undefined) && isNamed)
    throw new HotakaError(
      "HOTAKA_CLI_USAGE",
      "--host or --port and --config or --data-dir were given; each names a server. Give one of them.",
    );
  if (host !== undefined || port !== undefined) return network;
  const sockets = (await dataFolders({ ...(config === undefined ? {} : { config }), ...(dataDir === undefined ? {} : { dataDir }) })).map(
    (folder) => controlPathOf(resolve(folder)),
  );
  const found = sockets.filter((path) => existsSync(path));
  // One that was killed leaves its socket, which is not to hide another that runs.
  for (const path of found) if (await isAnswered(path)) return { socketPath: path };
  if (found[0] !== undefined) return { socketPath: found[0] };
  const [named] = sockets;
  return isNamed && named !== undefined ? { socketPath: named } : network;
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError("A port from 1 to 65535 was wanted.");
}

/** The port of Norikra's RPC. */
const NORIKRA_PORT = 26_571;
const ASKED = `
Without --host and --port the daemon is asked that was started here (--config, --data-dir, hotaka.yaml in this folder, or
\`hotaka start\`); where none was, whatever answers on localhost:${NORIKRA_PORT}.
`;
