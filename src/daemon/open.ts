import { join } from "node:path";
import { Accounts } from "../accounts/index.ts";
import { ActionSet, type ActionsContext, type GivenEvent } from "../actions/index.ts";
import { Blocks, EnforcerMemory, LEDGER_MIGRATIONS } from "../blocks/index.ts";
import { Catalog, CATALOG_MIGRATIONS, CatalogStore, type OpenStatement, type Output } from "../catalog/index.ts";
import { EnforcementSet, type EnforcersContext } from "../enforcers/index.ts";
import { InboxLog, type Journal, openJournal } from "../journal/index.ts";
import { type Clock, Counters, FolderLock, HotakaError, type LevelledLog, makePrivateFolder, openDatabase, Steps } from "../kit/index.ts";
import { NOTICE_MIGRATIONS, Notices } from "../notices/index.ts";
import { openOutbox, type Outbox, OUTBOX_MIGRATIONS, Outgoing } from "../outbox/index.ts";
import { type EngineCounts, engineStatistics, HookList, type LogLines, openServer, type Server, type Services } from "../server/index.ts";
import { type PlacedFilter, Routes, type Routing } from "../routes/index.ts";
import { type Settings, targetsOf } from "../settings/index.ts";
import { openStatement } from "../sql/index.ts";
import { Tables } from "../tables/index.ts";
import { Closing } from "./closing.ts";
import { Daemon, type NamedSource } from "./daemon.ts";
import { DecisionFeed } from "./decision_feed.ts";
import { EventInbox } from "./event_inbox.ts";
import { checkExposure } from "./exposure.ts";
import { GivenEvents } from "./given_events.ts";
import { pause } from "./pause.ts";
import { readingsOf } from "./readings.ts";
import { LiveProtection, nameService } from "../protection/index.ts";
import { ownAddresses, rulesOf, starterAddress } from "./rules.ts";
import { ServedCatalog } from "./served_catalog.ts";

export interface DaemonOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly clock: Clock;
  readonly log: LevelledLog;
  /** Takes a line for the standard output. */
  readonly print: (line: string) => void;
  /** The latest lines of that log. */
  readonly logLines: LogLines;
}

/**
 * Opens everything that the settings declare and lets events flow. Throws what could not be opened, having closed the rest; what is on
 * the disk is then as it was.
 */
export async function openDaemon(options: DaemonOptions): Promise<Daemon> {
  const [steps, closing] = [new Steps(options.clock), new Closing()];
  try {
    return await new Opening({ ...options, steps, closing }).open();
  } catch (thrown) {
    await steps.stop();
    await closing.all().catch(() => {});
    throw thrown;
  }
}

/** The composition root: what each room is handed of the others is seen here and nowhere else. */
class Opening {
  readonly #options: OpeningOptions;
  readonly #closing: Closing;
  readonly #counters = new Counters();
  /** Who listens to rows is told of them once the server is open. */
  #rows: Server["rows"] | undefined;

  /** Where events go that actions give back, once it is open. */
  readonly #given: Deferred<GivenEvents>;

  constructor(options: OpeningOptions) {
    this.#options = options;
    this.#closing = options.closing;
    this.#given = new Deferred(options.steps.signal);
  }

  /** What is opened is closed in the opposite order, so each may use what was opened before it to its end. */
  async open(): Promise<Daemon> {
    const { settings, log } = this.#options;
    log.level = settings.logLevel;
    makePrivateFolder(settings.dataDir);
    const lock = await FolderLock.take(settings.dataDir);
    this.#closing.add(() => lock.release());

    const { blocks, protection, memory } = await this.#openBlocks();
    const enforcement = await this.#openEnforcement(blocks, memory);
    const { outbox, outgoing } = await this.#openOutbox();
    const notices = await this.#openNotices(blocks, outbox);
    const hooks = new HookList();
    const give = async (given: GivenEvent): Promise<void> => (await this.#given.promise).give(given);
    const actions = await this.#openActions({ blocks, outbox, notices, hooks, give });
    const journal = await openJournal({ dir: join(settings.dataDir, "journal"), log, counters: this.#counters });
    const room = this.#room(outgoing, outbox);
    const inboxLog = await this.#openInboxLog(journal, room);
    const { catalog, decisions } = await this.#openCatalog({ journal, inboxLog, outgoing, blocks });
    const routes = this.#routes(catalog, await this.#openFilters());
    const isAnswered = (tag: string): boolean => settings.actions.some(({ fits }) => fits(tag));
    this.#given.resolve(new GivenEvents({ ...this.#shared, inboxLog, routes, outgoing, isAnswered }));

    const own = { blocks, protection, enforcement, outbox, outgoing, actions, journal, inboxLog, catalog, decisions };
    const accounts = await this.#openAccounts();
    const events = new EventInbox({ ...this.#shared, catalog, inboxLog });
    const daemon = new Daemon({ ...this.#options, ...own });
    // After the sources have ended, before the outbox does: what they brought last is in the last checkpoint.
    this.#closing.add(async () => daemon.checkpoint());
    const server = await this.#openServer({ ...own, accounts, events, daemon, notices, hooks });
    this.#rows = server.rows;
    await daemon.begin(server, await this.#openSources({ journal, inboxLog, catalog, routes, room }));
    return daemon;
  }

  get #shared() {
    const { clock, log, steps, settings } = this.#options;
    return { clock, log, steps, counters: this.#counters, folder: settings.folder };
  }

  async #openBlocks(): Promise<{ blocks: Blocks; protection: LiveProtection; memory: EnforcerMemory }> {
    const { settings } = this.#options;
    const database = await openDatabase({ path: join(settings.dataDir, "blocks.db"), migrations: LEDGER_MIGRATIONS });
    this.#closing.add(() => database.close());
    const memory = new EnforcerMemory(database);
    const protection = new LiveProtection({ ...this.#shared, service: nameService(), memory, ownAddresses, startedFrom: starterAddress() });
    this.#closing.add(() => protection.close());
    await protection.configure(settings.neverBlock);
    const blocks = new Blocks({ ...this.#shared, database, rules: rulesOf(settings, protection), keep: settings.ledger });
    this.#closing.add(() => blocks.close());
    protection.onChange((cidrs) => blocks.protect(cidrs));
    blocks.onBlocked((asked) => protection.blocked(asked));
    protection.lookAt(blocks.inForce());
    return { blocks, protection, memory };
  }

  async #openEnforcement(blocks: Blocks, memory: EnforcerMemory): Promise<EnforcementSet<EnforcersContext>> {
    const tables = new Tables(this.#shared);
    this.#closing.add(() => tables.close());
    const enforcement = new EnforcementSet<EnforcersContext>({ blocks, context: (name) => ({ ...this.#shared, name, tables, memory }) });
    this.#closing.add(async () => enforcement.close());
    await enforcement.change(this.#options.settings.enforcers);
    return enforcement;
  }

  async #openOutbox(): Promise<{ outbox: Outbox; outgoing: Outgoing }> {
    const { settings, log } = this.#options;
    const database = await openDatabase({ path: join(settings.dataDir, "outbox.db"), migrations: OUTBOX_MIGRATIONS });
    this.#closing.add(() => database.close());
    const outbox = openOutbox({
      ...this.#shared,
      database,
      dir: settings.dataDir,
      bounds: settings.outboxBounds,
      performed: (action, rows, sentence) => {
        // The log action has written its line already.
        if (!action.startsWith("log "))
          log.info(sentence, { action, query: rows[0]!.query, ...(rows.length > 1 && { rows: rows.length }) });
      },
    });
    this.#closing.add(async () => outbox.close());
    return { outbox, outgoing: new Outgoing({ outbox, log }) };
  }

  async #openNotices(blocks: Blocks, outbox: Outbox): Promise<Notices> {
    const database = await openDatabase({ path: join(this.#options.settings.dataDir, "notices.db"), migrations: NOTICE_MIGRATIONS });
    this.#closing.add(() => database.close());
    const notices = new Notices({ ...this.#shared, database, outbox, blocks });
    this.#closing.add(() => notices.close());
    return notices;
  }

  async #openActions(
    parts: Pick<ActionsContext, "notices" | "hooks" | "give"> & { blocks: Blocks; outbox: Outbox },
  ): Promise<ActionSet<ActionsContext>> {
    const { outbox, ...handed } = parts;
    const actions = new ActionSet<ActionsContext>({ outbox, context: (own) => ({ ...this.#shared, ...own, ...handed }) });
    this.#closing.add(async () => actions.close());
    const change = await actions.prepare(this.#options.settings.actions);
    await change.commit();
    return actions;
  }

  /** Targets first, then queries, then events: each finds what it reads, and takes up the state that the last checkpoint has of it. */
  async #openCatalog({ journal, inboxLog, outgoing, blocks }: CatalogParts): Promise<{ catalog: Catalog; decisions: DecisionFeed }> {
    const { settings, log } = this.#options;
    const output = (given: Output): void => {
      this.#rows?.publish(given);
      const keys = given.keys();
      for (const [index, row] of given.rows.entries()) outgoing.add({ key: keys[index]!, query: given.query, timeMs: given.timeMs, row });
    };
    const database = await openDatabase({ path: join(settings.dataDir, "catalog.db"), migrations: CATALOG_MIGRATIONS });
    this.#closing.add(() => database.close());
    const catalog = new Catalog({
      ...this.#shared,
      open: this.#statementOpener(),
      times: settings.targets,
      bounds: settings.targetBounds,
      pool: settings.pool,
      budget: settings.budget,
      store: new CatalogStore(database),
      received: inboxLog,
      output,
      taken: () => outgoing.flush(),
      print: this.#options.print,
    });
    catalog.restore(journal.states());
    for (const source of settings.sources) {
      for (const [name, fields] of targetsOf(source, settings.routing) ?? []) {
        if (fields !== "any") catalog.intake(name, fields === "timed" ? {} : fields);
        if (fields === "any" || fields === "timed") catalog.openIntake(name);
      }
    }
    const decisions = new DecisionFeed({ ...this.#shared, blocks, catalog, outgoing, positions: journal.positions });
    this.#closing.add(() => decisions.close());
    decisions.declare(settings.decisionTargets, settings.decisionFields);
    catalog.loadTargets();
    catalog.declare(settings.queries, { mayWait: true });
    catalog.loadQueries();
    for (const name of catalog.restored()) log.info(`query "${name}" is no longer there; its window is given up.`);
    return { catalog, decisions };
  }

  /** Queries may call the functions of the settings; what these do wrong is counted and said. */
  #statementOpener(): OpenStatement {
    const { settings, log } = this.#options;
    const { functions } = settings;
    if (functions === undefined) return openStatement;
    const { counters } = this.#shared;
    functions.tell({
      failed: (name) =>
        counters.counter("function_failures", "Times that a function of your own failed, by its name.", { function: name }).add(),
      warn: (sentence) => log.warn(sentence),
    });
    return (options) => openStatement({ ...options, own: functions });
  }

  async #openAccounts(): Promise<Accounts> {
    const { settings, clock } = this.#options;
    const accounts = await Accounts.open({ dataDir: settings.dataDir, clock });
    this.#closing.add(() => accounts.close());
    checkExposure(settings, accounts.tokens.count > 0);
    return accounts;
  }

  async #openServer({
    blocks,
    protection,
    enforcement,
    outbox,
    catalog,
    decisions,
    accounts,
    events,
    daemon,
    notices,
    hooks,
  }: ServerParts): Promise<Server> {
    const { settings, log, clock, version, logLines } = this.#options;
    const startedMs = clock.nowMs();
    const measured = { ...this.#shared, catalog, outbox, blocks, enforcement, startedMs, version, sources: () => daemon.namedSources };
    const services: Services = {
      health: { version, startedMs, nowMs: () => clock.nowMs(), notReady: () => daemon.notReady() },
      blocks,
      operators: protection.operators,
      notices: {
        acknowledge: (id, by) => notices.acknowledge(id, by),
        test: async (name) => daemon.testNotice(name),
      },
      hooks,
      catalog: new ServedCatalog(catalog, decisions, settings.functions),
      events,
      accounts,
      logs: logLines,
      queryStatuses: () => catalog.queries(),
      targetStatuses: () => catalog.targets(),
      readings: () => readingsOf(measured),
      engineStatistics: () => engineStatistics(engineCounts(catalog, decisions, { startedMs, nowMs: clock.nowMs() })),
    };
    const server = await openServer({ ...this.#shared, ...settings.server, services, log, dataDir: settings.dataDir });
    this.#closing.add(async () => server.close());
    return server;
  }

  async #openInboxLog({ positions }: Journal, room: () => Promise<void>): Promise<InboxLog> {
    const { dataDir, inboxBytesMax: bytesMax } = this.#options.settings;
    const inboxLog = await InboxLog.open({ ...this.#shared, dir: join(dataDir, "inbox"), positions, bytesMax, room });
    this.#closing.add(async () => inboxLog.close());
    return inboxLog;
  }

  /** How to wait until what events lead to can be taken up. */
  #room(outgoing: Outgoing, outbox: Outbox): () => Promise<void> {
    const { clock, steps } = this.#options;
    return async () => {
      while (!outgoing.isClear && !steps.stopping) {
        await pause(clock, ROOM_PERIOD_MS, steps.signal);
        outgoing.flush();
      }
      await outbox.room();
    };
  }

  async #openFilters(): Promise<Routing> {
    const { routing } = this.#options.settings;
    const filters: PlacedFilter[] = [];
    for (const filter of routing.filters) {
      const opened = await filter.definition.open?.(filter.config, { ...this.#shared, name: filter.name });
      filters.push({ ...filter, opened });
    }
    return routing.withFilters(filters);
  }

  #routes(catalog: Catalog, routing: Routing): Routes {
    return new Routes({
      ...this.#shared,
      routing,
      intake: (target, fields) => catalog.intake(target, fields),
      openIntake: (target) => catalog.openIntake(target),
    });
  }

  async #openSources(parts: SourceParts): Promise<NamedSource[]> {
    const { catalog, journal, inboxLog, routes, room } = parts;
    const { settings } = this.#options;
    const sources: NamedSource[] = [];
    for (const { name, definition, config } of settings.sources) {
      const source = await definition.open(config, {
        ...this.#shared,
        name,
        positions: journal.positions,
        room,
        inbox: (key, take, flush) => inboxLog.inbox(key, take, flush),
        intake: (target, fields) => catalog.intake(target, fields),
        openIntake: (target) => catalog.openIntake(target),
        tagged: (tag, fields) => routes.intake(tag, fields),
        openTagged: (tag) => routes.open(tag),
      });
      this.#closing.add(async () => source.close());
      sources.push({ name, source });
    }
    return sources;
  }
}

/** What the server tells of. */
interface ServerParts {
  readonly blocks: Blocks;
  readonly protection: LiveProtection;
  readonly enforcement: EnforcementSet<EnforcersContext>;
  readonly outbox: Outbox;
  readonly catalog: Catalog;
  readonly decisions: DecisionFeed;
  readonly accounts: Accounts;
  readonly events: EventInbox;
  readonly daemon: Daemon;
  readonly notices: Notices;
  readonly hooks: HookList;
}

function engineCounts(
  catalog: Catalog,
  decisions: DecisionFeed,
  times: { readonly startedMs: number; readonly nowMs: number },
): EngineCounts {
  const [targets, queries] = [catalog.targets(), catalog.queries()];
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  const events = sum(targets.map((target) => target.events));
  return {
    ...times,
    inputEvents: events + sum(targets.map(({ future }) => future)),
    processedEvents: events,
    outputEvents: sum(queries.map(({ rows }) => rows)),
    queries: queries.length,
    // As `targets` of the RPC lists them.
    targets: targets.filter(({ name }) => !decisions.isOf(name)).length,
  };
}

/** What the catalog stands on. */
interface CatalogParts {
  readonly journal: Journal;
  readonly inboxLog: InboxLog;
  readonly outgoing: Outgoing;
  readonly blocks: Blocks;
}

/** What sources stand on. */
interface SourceParts {
  readonly journal: Journal;
  readonly inboxLog: InboxLog;
  readonly catalog: Catalog;
  readonly routes: Routes;
  readonly room: () => Promise<void>;
}

/** Something that is not there yet. Who waits for it learns when it never will be. */
class Deferred<Value> {
  readonly promise: Promise<Value>;
  resolve: (value: Value) => void = () => {};

  constructor(signal: AbortSignal) {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      signal.addEventListener("abort", () => reject(new HotakaError("HOTAKA_STOPPING", "the daemon is stopping.")), { once: true });
    });
    this.promise.catch(() => {});
  }
}

interface OpeningOptions extends DaemonOptions {
  readonly steps: Steps;
  readonly closing: Closing;
}

/** How often it is tried again to write rows that the disk did not take, while sources wait. */
const ROOM_PERIOD_MS = 1000;
