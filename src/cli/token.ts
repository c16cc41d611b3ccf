import { type Command, InvalidArgumentError, Option } from "commander";
import { Accounts, type Role, ROLES } from "../accounts/index.ts";
import { FolderLock, formatDuration, HotakaError, makePrivateFolder, parseDuration } from "../kit/index.ts";
import type { Answer } from "../server/index.ts";
import { personOf } from "./block.ts";
import { examples, type Shell } from "./command.ts";
import { ask, type DaemonOptions, dataFolders, isAbsence, withDaemonOptions } from "./daemon_options.ts";
import { tableText } from "./table.ts";

/** `hotaka token` */
export function declareToken(noun: Command, shell: Shell): void {
  noun
    .description(
      "Makes, lists and revokes the tokens by which programs and people may use the HTTP API. Once there is one, nobody may without.",
    )
    .helpCommand("help [verb]", "print the help of a verb")
    .addHelpText(
      "after",
      examples(
        ["hotaka token create grafana", "one that may read everything"],
        ["hotaka token create deploy --role operate --for '90 days'", "one that may change queries, for a time"],
        ["hotaka token revoke deploy", "it is good for nothing from now on"],
      ),
    );
  declareCreate(noun, shell);
  withDaemonOptions(noun.command("list"))
    .description("Lists tokens. Their secrets are not kept, and cannot be shown.")
    .option("--json", "print the answer of the daemon as JSON")
    .action(async ({ json, ...options }: DaemonOptions & { json?: boolean }) => {
      const answer = await ask(options, "GET", "/v1/tokens");
      shell.terminal.out.write(json === true ? `${JSON.stringify(answer.json)}\n` : tokensText(answer, shell.clock.nowMs()));
    });
  withDaemonOptions(noun.command("revoke"))
    .description("Revokes a token: it is good for nothing from now on.")
    .argument("<name>", "its name")
    .action(async (name: string, options: DaemonOptions) => {
      await ask(options, "DELETE", `/v1/tokens/${encodeURIComponent(name)}`);
      shell.terminal.out.write(`token ${name} is revoked.\n`);
    });
}

function declareCreate(noun: Command, shell: Shell): void {
  withDaemonOptions(noun.command("create"))
    .description("Makes a token and prints it, once. Also without a daemon, so that one can start that others may reach.")
    .argument("<name>", "what it is for: grafana, deploy")
    .addOption(
      new Option("--role <role>", "what it may do: read everything; operate targets, queries, events and blocks; admin tokens too")
        .choices(ROLES)
        .default("read"),
    )
    .option("--for <duration>", "for how long: 90 days, or ever", termOf, "ever")
    .action(async (name: string, options: DaemonOptions & { role: Role; for: string }) => {
      const wish = { name, role: options.role, for: options.for, by: personOf() };
      const token = await createByDaemon(options, wish).catch(async (thrown: unknown) => {
        if (!isAbsence(thrown)) throw thrown;
        return createInFolder(options, wish, shell);
      });
      shell.terminal.err.write(`token ${name} may ${options.role}. It is shown this once:\n`);
      shell.terminal.out.write(`${token}\n`);
    });
}

interface Wish {
  readonly name: string;
  readonly role: Role;
  readonly for: string;
  readonly by: string;
}

async function createByDaemon(options: DaemonOptions, wish: Wish): Promise<string> {
  return (await ask(options, "POST", "/v1/tokens", wish)).text("token");
}

/** No daemon runs: the token is put into its data folder, which no daemon may hold meanwhile. */
async function createInFolder(options: DaemonOptions, { name, role, for: term, by }: Wish, { clock }: Shell): Promise<string> {
  const [dataDir] = await dataFolders(options);
  if (dataDir === undefined) throw new HotakaError("HOTAKA_CLI_USAGE", "No data folder is named; --config or --data-dir was wanted.");
  makePrivateFolder(dataDir);
  const lock = await FolderLock.take(dataDir);
  try {
    const accounts = await Accounts.open({ dataDir, clock });
    try {
      const token = accounts.tokens.create({ name, role, by, forMs: term === "ever" ? undefined : parseDuration(term) });
      accounts.audit.record({ who: by, what: `token create ${name}`, outcome: "done" });
      return token;
    } finally {
      accounts.close();
    }
  } finally {
    lock.release();
  }
}

function tokensText(answer: Answer, nowMs: number): string {
  const tokens = answer.objects("tokens");
  if (tokens.length === 0) return "There are no tokens: the API is open to this machine alone.\n";
  const age = (timeMs: number | null): string => (timeMs === null ? "never" : `${formatDuration(Math.max(nowMs - timeMs, 0))} ago`);
  const rows = tokens.map((token) => {
    const expiresMs = token.numberOrNull("expires_ms");
    const end = expiresMs === null ? "never" : expiresMs <= nowMs ? "over" : `in ${formatDuration(expiresMs - nowMs)}`;
    return [token.text("name"), token.text("role"), end, age(token.numberOrNull("used_ms")), token.text("created_by")];
  });
  return tableText(["NAME", "ROLE", "ENDS", "USED", "MADE BY"], rows);
}

function termOf(text: string): string {
  if (text === "ever" || (parseDuration(text) ?? 0) > 0) return text;
  throw new InvalidArgumentError("A duration such as 90 days, or ever, was wanted.");
}
