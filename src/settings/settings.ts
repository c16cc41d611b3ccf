import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { BlockPolicy, LedgerBounds } from "../blocks/index.ts";
import type { PoolBounds, QueryDefinition, TargetBounds, TargetTime } from "../catalog/index.ts";
import {
  type ActionDefinition,
  checkSettings,
  componentItem,
  type Declared,
  declaredIn,
  type Definition,
  type EnforcerDefinition,
  type HostAndPort,
  parseSettings,
  type SettingsDocument,
  SettingsError,
  type SettingsPath,
  type SettingsProblem,
  type SourceDefinition,
} from "../component/index.ts";
import { errnoOf, HotakaError, type LogLevel, type Match, messageOf } from "../kit/index.ts";
import { Routing } from "../routes/index.ts";
import { type Budget, DEFAULT_BUDGET } from "../sql/index.ts";
import type { FieldType } from "../event/index.ts";
import type { DecisionTargets } from "./decision_targets.ts";
import { Findings } from "./findings.ts";
import { additionsOf, type PackAddition } from "./pack_settings.ts";
import { type Components, DATA_DIR_DEFAULT, decisionTargetsOf, settingsSchema, targetTimeOf } from "./schema.ts";
import type { OutboxBounds } from "../outbox/index.ts";
import type { NeverBlock } from "../protection/index.ts";
import { neverBlockOf } from "./never_block_schema.ts";
import type { OwnFunctions } from "./own_functions/functions_file.ts";
import { policyOf } from "./policy_schema.ts";

/** What the daemon is to do. Paths are absolute, durations are milliseconds. */
export interface Settings {
  /** As it was named, for messages. */
  readonly file: string;
  /** The folder of the file: relative paths in it start here. */
  readonly folder: string;
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  readonly checkpointEveryMs: number;
  /** What is pushed in may take so much of the disk. */
  readonly inboxBytesMax: number;
  /** What the rows may take that wait for actions, and how they are tried again. */
  readonly outboxBounds: Partial<OutboxBounds>;
  readonly targetBounds: TargetBounds;
  readonly pool: PoolBounds;
  /** Functions for queries beside those of the language. */
  readonly functions: OwnFunctions | undefined;
  readonly sources: readonly Placed<SourceDefinition<unknown>>[];
  /** Where events go that carry a tag. */
  readonly routing: Routing;
  readonly targets: ReadonlyMap<string, Partial<TargetTime>>;
  readonly queries: readonly QueryDefinition[];
  readonly actions: readonly DeclaredAction[];
  readonly enforcers: readonly DeclaredEnforcer[];
  /** What each query may hold that does not say so itself. */
  readonly budget: Budget;
  readonly neverBlock: NeverBlock;
  readonly policy: BlockPolicy;
  readonly ledger: LedgerBounds;
  readonly decisionTargets: DecisionTargets;
  /** What events of decisions may have, as far as the queries tell. */
  readonly decisionFields: ReadonlyMap<string, FieldType>;
  readonly server: ServerSettings;
  /** The settings as written, by their first key: to see what another reading changed. */
  readonly written: ReadonlyMap<string, unknown>;
  /** What is allowed and yet looks like a mistake: `file:line:column  sentence`. */
  readonly warnings: readonly string[];
}

/** A component with its place in the settings: `sources[0] (tail)`. */
export interface Placed<Component extends Definition<unknown>> extends Declared<Component> {
  readonly name: string;
  /** All that was written of it: two of the same text are the same component. */
  readonly identity: string;
}

/** An action with the queries whose rows it answers. */
export interface DeclaredAction extends Placed<ActionDefinition<unknown>> {
  /** Whether it answers the rows of the query of that name. */
  readonly fits: Match;
  readonly match: string;
  readonly dryRun: boolean;
}

/** An enforcer, and whether it only says what it would do. */
interface DeclaredEnforcer extends Placed<EnforcerDefinition<unknown>> {
  readonly dryRun: boolean;
}

/** Where the API and the RPC listen, and who may ask. */
export interface ServerSettings {
  readonly listen: HostAndPort;
  /** Whoever reaches it may read it, while there is no token. */
  readonly isOpenToNetwork: boolean;
  /** Names by which it may be asked, beside the address itself and localhost. */
  readonly hosts: readonly string[];
  /** Origins whose pages may ask. */
  readonly origins: readonly string[];
  readonly bodyBytesMax: number;
  /** Undefined: the RPC of Norikra listens nowhere. */
  readonly rpc: { readonly listen: HostAndPort; readonly bodyBytesMax: number; readonly mayBeTaken: boolean } | undefined;
}

/**
 * Reads and checks a settings file. Throws a SettingsError with everything that is wrong in it, SQL included, or HOTAKA_CONFIG_NOT_FOUND.
 */
export async function loadSettings(file: string, components: Components): Promise<Settings> {
  return readSettings(await textOf(file), file, components);
}

/** The data folder of a settings file, whatever else is in it: what one needs to find its daemon. Throws as `loadSettings`. */
export async function dataDirOf(file: string): Promise<string> {
  const { value } = await parseSettings(await textOf(file), file);
  const written = typeof value === "object" && value !== null && "data_dir" in value ? value.data_dir : undefined;
  return resolve(dirname(file), typeof written === "string" ? written : DATA_DIR_DEFAULT);
}

/** As `loadSettings`, with the text at hand. */
export async function readSettings(text: string, file: string, components: Components): Promise<Settings> {
  const document = await parseSettings(text, file);
  const written = checkSettings(z, settingsSchema(components), document);
  const folder = resolve(dirname(file));
  const placed = <Component extends Definition<unknown>>(kind: string, list: readonly Component[], items: readonly Item[]) =>
    placedIn(kind, list, items, itemsOf(document.value, kind));
  const additions = await additionsOf(written.packs, document);
  const sources = [...placed("sources", components.sources, written.sources), ...sourcesOf(additions, components)];
  const own = written.queries.map((query) => ({ ...query, budget: budgetOf(query.budget ?? {}, written.budget) }));
  const queries = [...own, ...queriesOf(additions, budgetOf({}, written.budget))];

  const decisionTargets = decisionTargetsOf(written.decision_events);
  const functions = await functionsOf(written.functions?.file, folder);
  const findings = new Findings(document, decisionTargets, functions);
  const filters = placed("filters", components.filters, written.filters).map((declared, index) => ({
    ...declared,
    fits: findings.checkTags(written.filters[index]?.match ?? "", ["filters", index, "match"]),
  }));
  const routes = written.routes.map(({ match, target, remove_prefix: removePrefix, drop }, index) => {
    return { target, removePrefix, drop, fits: findings.checkTags(match, ["routes", index, "match"]) };
  });
  const routing = new Routing(routes, filters);
  const declaredActions = placed("actions", components.actions, written.actions);
  findings.checkPackages("sources", sources);
  findings.checkPackages("actions", declaredActions);
  const given = declaredActions.map(({ definition, config }) => definition.gives?.(config) ?? []);
  findings.checkQueries(queries, sources, { routing, tags: given.flat(), named: new Set(Object.keys(written.targets)) });
  findings.checkServer(written.server, { ...written.rpc, listen: written.rpc.listen ?? RPC_LISTEN });
  const actions = declaredActions.map((declared, index) => {
    const { match = "", dry_run: dryRun = false } = written.actions[index] ?? {};
    const action = {
      ...declared,
      match,
      dryRun,
      fits: findings.checkMatch(match, index, declared.definition, { own: given[index] ?? [], all: given.flat() }),
    };
    findings.checkColumns(action, index);
    findings.checkCircle(action, index);
    return action;
  });
  findings.checkAnswerLoops(actions.map(({ fits }, index) => ({ fits, gives: given[index] ?? [] })));
  if (findings.problems.length > 0) throw new SettingsError(file, findings.problems);

  return {
    file,
    folder,
    dataDir: resolve(folder, written.data_dir),
    logLevel: written.log_level,
    checkpointEveryMs: written.checkpoint_every,
    budget: budgetOf({}, written.budget),
    inboxBytesMax: written.inbox.bytes_max,
    outboxBounds: {
      rowsMax: written.outbox.rows_max,
      triesMax: written.outbox.tries_max,
      backoff: { firstMs: written.outbox.retry_wait, mostMs: written.outbox.retry_wait_max },
      deadLetterBytesMax: written.outbox.dead_letter_bytes_max,
    },
    targetBounds: written.catalog,
    pool: written.catalog,
    functions,
    sources,
    routing,
    targets: new Map(Object.entries(written.targets).map(([name, time]) => [name, targetTimeOf(time)])),
    queries,
    actions,
    enforcers: placed("enforcers", components.enforcers, written.enforcers).map((declared, index) => ({
      ...declared,
      dryRun: written.enforcers[index]?.dry_run ?? false,
    })),
    neverBlock: neverBlockOf(written.never_block, folder, written.policy.operator_protected_for.ms),
    policy: policyOf(written.policy),
    ledger: { decisionsMax: written.ledger.decisions_max, ageMaxMs: written.ledger.age_max },
    decisionTargets,
    decisionFields: findings.decisionFields,
    server: serverOf(written.server, written.rpc, isRpcNamed(document.value)),
    written: new Map(Object.entries(typeof document.value === "object" && document.value !== null ? document.value : {})),
    warnings: [...findings.warnings, ...warningsOf(additions, document)].map(
      ({ line, column, sentence }) => `${file}:${line}:${column}  ${sentence}`,
    ),
  };
}

type Written = z.infer<ReturnType<typeof settingsSchema>>;

/** The functions of a file named from a folder. Loaded here, for most settings have none. Throws HOTAKA_FUNCTIONS_FILE. */
export async function functionsOf(file: string | undefined, folder: string): Promise<OwnFunctions | undefined> {
  if (file === undefined) return undefined;
  const { loadFunctions } = await import("./own_functions/functions_file.ts");
  return loadFunctions(resolve(folder, file));
}

function serverOf(server: Written["server"], rpc: Written["rpc"], isNamed: boolean): ServerSettings {
  return {
    listen: server.listen,
    isOpenToNetwork: server.open_to_network,
    hosts: server.hosts,
    origins: server.origins,
    bodyBytesMax: server.body_bytes_max,
    // A port that nobody asked for is no reason not to start.
    rpc:
      isNamed && rpc.listen === undefined
        ? undefined
        : { listen: rpc.listen ?? RPC_LISTEN, bodyBytesMax: rpc.body_bytes_max, mayBeTaken: !isNamed },
  };
}

/** Whether the settings say where the RPC listens, or that it does not. */
function isRpcNamed(value: unknown): boolean {
  const rpc: unknown = typeof value === "object" && value !== null && "rpc" in value ? value.rpc : undefined;
  return typeof rpc === "object" && rpc !== null && "listen" in rpc;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (thrown) {
    const reason = READ_FAILURES.get(errnoOf(thrown) ?? "") ?? messageOf(thrown);
    throw new HotakaError("HOTAKA_CONFIG_NOT_FOUND", `${file} could not be read: ${reason}. Name the settings file with --config FILE.`, {
      cause: thrown,
    });
  }
}

type Item = Readonly<Record<string, unknown>>;

function placedIn<Component extends Definition<unknown>>(
  kind: string,
  components: readonly Component[],
  items: readonly Item[],
  texts: readonly string[],
): Placed<Component>[] {
  return items.flatMap((item, index) =>
    declaredIn(components, item).map((declared) => ({
      ...declared,
      name: `${kind}[${index}] (${declared.definition.name})`,
      identity: texts[index] ?? "",
    })),
  );
}

/** Each item of a list of the settings as JSON: what a schema made of it may hold functions, which cannot be compared. */
function itemsOf(value: unknown, kind: string): string[] {
  const list: unknown = typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === kind)?.[1] : undefined;
  return Array.isArray(list) ? list.map((item) => JSON.stringify(item)) : [];
}

/** The sources of packs, as if they had been written in the list of sources. */
function sourcesOf(additions: readonly PackAddition[], { sources }: Components): Placed<SourceDefinition<unknown>>[] {
  const schema = componentItem(z, sources, {});
  return additions.flatMap(({ name, source }) => {
    if (source === undefined) return [];
    const identity = JSON.stringify(source);
    return declaredIn(sources, schema.parse(source)).map((declared) => ({ ...declared, name, identity }));
  });
}

function queriesOf(additions: readonly PackAddition[], budget: Budget): (QueryDefinition & { readonly place: SettingsPath })[] {
  return additions.flatMap(({ queries, place }) => queries.map(({ name, sql }) => ({ name, sql, budget, place })));
}

function warningsOf(additions: readonly PackAddition[], document: SettingsDocument): SettingsProblem[] {
  return additions.flatMap(({ warning, place, name }) =>
    warning === undefined ? [] : [document.problem("HOTAKA_CONFIG_INVALID", place, `${name}: ${warning}`)],
  );
}

type WrittenBudget = { readonly [Bound in keyof Budget]?: Budget[Bound] | undefined };

function budgetOf(own: WrittenBudget, general: WrittenBudget): Budget {
  return {
    groups_max: own.groups_max ?? general.groups_max ?? DEFAULT_BUDGET.groups_max,
    events_max: own.events_max ?? general.events_max ?? DEFAULT_BUDGET.events_max,
    when_full: own.when_full ?? general.when_full ?? DEFAULT_BUDGET.when_full,
  };
}

const READ_FAILURES: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["EISDIR", "it is a folder"],
  ["EACCES", "this user may not read it"],
  ["ENOTDIR", "a part of its path is not a folder"],
]);

/** Where clients of Norikra look for it. */
const RPC_LISTEN: HostAndPort = { host: "127.0.0.1", port: 26_571 };
