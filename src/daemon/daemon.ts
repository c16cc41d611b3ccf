import type { ActionSet, ActionsContext, TestedAction } from "../actions/index.ts";
import type { Blocks } from "../blocks/index.ts";
import { type Catalog, exportStats, type QueryStatus, type TargetStatus, TICK_MS } from "../catalog/index.ts";
import type { Source } from "../component/index.ts";
import type { EnforcementSet, EnforcersContext } from "../enforcers/index.ts";
import type { InboxLog, Journal } from "../journal/index.ts";
import { HotakaError, type LevelledLog, messageOf, type Steps } from "../kit/index.ts";
import type { Outbox, Outgoing } from "../outbox/index.ts";
import type { Server } from "../server/index.ts";
import type { Settings } from "../settings/index.ts";
import type { Closing } from "./closing.ts";
import type { DecisionFeed } from "./decision_feed.ts";
import type { LiveProtection } from "../protection/index.ts";
import { rulesOf } from "./rules.ts";

/** A source at work, with its place in the settings. */
export interface NamedSource {
  readonly name: string;
  readonly source: Source;
}

/** What a daemon is made of. */
export interface DaemonParts {
  readonly settings: Settings;
  readonly log: LevelledLog;
  readonly steps: Steps;
  readonly closing: Closing;
  readonly blocks: Blocks;
  readonly protection: LiveProtection;
  readonly enforcement: EnforcementSet<EnforcersContext>;
  readonly outbox: Outbox;
  readonly outgoing: Outgoing;
  readonly actions: ActionSet<ActionsContext>;
  readonly journal: Journal;
  readonly inboxLog: InboxLog;
  readonly catalog: Catalog;
  readonly decisions: DecisionFeed;
}

/** Everything at work. What happens by itself is a step, so that `close` finishes what has begun and begins nothing. */
export class Daemon {
  readonly #parts: DaemonParts;
  #settings: Settings;
  #server: Server | undefined;
  #sources: readonly NamedSource[] = [];
  #isReady = false;
  #isFinished = false;
  #finished: Promise<void> = Promise.resolve();
  #checkpointProblem: string | undefined;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
  }

  /** Called once, when everything is open. */
  async begin(server: Server, sources: readonly NamedSource[]): Promise<void> {
    const { steps, log, catalog, outgoing, decisions } = this.#parts;
    this.#server = server;
    this.#sources = sources;
    // A log that is followed from its end is followed from there also when the process is killed before the first period is over.
    await this.checkpoint();
    await this.#parts.inboxLog.begin();
    this.#isReady = true;
    const failed = (what: string) => (thrown: unknown) => log.error(`${what}: ${messageOf(thrown)}`);
    const tick = (): void => {
      catalog.tick();
      outgoing.flush();
      decisions.pump();
    };
    steps.every("catalog: tick", TICK_MS, tick, failed("time could not go on"));
    steps.every(
      "checkpoint",
      this.#settings.checkpointEveryMs,
      async () => this.checkpoint(),
      (thrown) => {
        if (this.#checkpointProblem !== messageOf(thrown)) log.error(messageOf(thrown));
        this.#checkpointProblem = messageOf(thrown);
      },
    );
    steps.every(
      "never_block",
      PROTECTION_MS,
      async () => this.#parts.protection.refresh(),
      failed("never_block could not be looked at again"),
    );
    this.#finished = this.#finish();
    this.#finished.catch((thrown: unknown) => {
      if (!steps.stopping) failed("the end of the sources")(thrown);
    });
  }

  /** `http://127.0.0.1:26578` */
  get url(): string {
    return this.#server?.url ?? "";
  }

  /** Of the RPC of Norikra; undefined when it listens nowhere. */
  get rpcPort(): number | undefined {
    return this.#server?.rpcPort;
  }

  get blocks(): Blocks {
    return this.#parts.blocks;
  }

  queries(): QueryStatus[] {
    return this.#parts.catalog.queries();
  }

  targets(): TargetStatus[] {
    return this.#parts.catalog.targets();
  }

  /** Targets and queries as Norikra writes them down. */
  stats(): string {
    return exportStats(this.#parts.catalog);
  }

  /** The latest rows of a query. */
  rows(query: string): ReturnType<Catalog["see"]> {
    return this.#parts.catalog.see(query);
  }

  /** Has the actions of that name that reach people send a message that says it is a test. */
  async testNotice(name: string): Promise<TestedAction[]> {
    return this.#parts.actions.test(name);
  }

  get namedSources(): readonly NamedSource[] {
    return this.#sources;
  }

  /** How each source stands, a sentence each. */
  sources(): string[] {
    return this.#sources.map(({ source }) => source.status().sentence);
  }

  /** Resolves when every source has come to its end and all that it led to is done and enforced; never while one follows a log. */
  async settled(): Promise<void> {
    await this.#finished;
    const { outbox, enforcement, decisions } = this.#parts;
    await outbox.idle();
    await enforcement.settled();
    decisions.pumpAll();
    await outbox.idle();
  }

  /** Why it does not do all of its work now, a sentence each. */
  notReady(): string[] {
    if (!this.#isReady) return ["the daemon is starting."];
    const sources = this.#sources.flatMap(({ name, source }) => {
      const { ok, sentence } = source.status();
      return ok ? [] : [`${name}: ${sentence}`];
    });
    const queries = this.queries().flatMap(({ name, state, reason }) =>
      state === "suspended" && reason !== undefined ? [`query "${name}" is suspended: ${reason}`] : [],
    );
    const enforcers = this.#parts.enforcement
      .statuses()
      .flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`]));
    const others = [this.#parts.outgoing.problem, this.#parts.inboxLog.problem, this.#checkpointProblem].filter(
      (problem) => problem !== undefined,
    );
    return [...sources, ...queries, ...enforcers, ...others];
  }

  /**
   * Takes over other settings while events flow: queries, actions, enforcers, never_block, policy, ledger, log_level and budget. What is as it was
   * goes on undisturbed. Returns a sentence for each change that has to wait for the next start. Throws, with everything as it was, what
   * cannot be taken over.
   */
  async reload(settings: Settings): Promise<string[]> {
    const { actions, catalog, decisions, enforcement, blocks, protection, log } = this.#parts;
    await protection.configure(settings.neverBlock);
    const change = await actions.prepare(settings.actions).catch(async (thrown: unknown) => {
      await this.#unprotect();
      throw thrown;
    });
    try {
      await enforcement.change(settings.enforcers);
      decisions.declare(settings.decisionTargets, settings.decisionFields);
      catalog.declare(settings.queries, { mayWait: true });
    } catch (thrown) {
      await change.abandon();
      await this.#unprotect();
      await enforcement.change(this.#settings.enforcers);
      decisions.declare(this.#settings.decisionTargets, this.#settings.decisionFields);
      throw thrown;
    }
    await change.commit();
    blocks.setRules(rulesOf(settings, protection));
    protection.lookAt(blocks.inForce());
    blocks.keep(settings.ledger);
    log.level = settings.logLevel;
    const waiting = NEEDS_START.filter(
      (key) => JSON.stringify(settings.written.get(key)) !== JSON.stringify(this.#parts.settings.written.get(key)),
    );
    this.#settings = settings;
    const budgetWaits = JSON.stringify(settings.budget) !== JSON.stringify(this.#parts.settings.budget);
    return [
      ...waiting.map((key) => `${key} was changed too; that takes effect at the next start.`),
      ...(budgetWaits ? ["budget was changed too; queries that were not declared here have the new one from the next start."] : []),
    ];
  }

  /** Finishes what is in hand, writes the last checkpoint, and closes everything. Rejects with what could not be done, having done the rest. */
  async close(): Promise<void> {
    await this.#parts.actions.drain();
    await this.#parts.steps.stop();
    await this.#parts.closing.all();
  }

  /** Writes positions and windows to the disk. Rejects when that is not possible; what was written before still stands. */
  async checkpoint(): Promise<void> {
    // What was not begun has nothing to keep, and the state that it found may be taken up in part only.
    if (this.#server === undefined) return;
    const { journal, catalog, outgoing, inboxLog } = this.#parts;
    let taken = 0;
    await journal.checkpoint(() => {
      taken = inboxLog.taken;
      outgoing.flush();
      const problem = outgoing.problem;
      if (problem !== undefined) throw new HotakaError("HOTAKA_JOURNAL_WRITE", `No checkpoint was written: ${problem}`);
      // A log that was read to its end is read anew at the next start, and must not meet the windows it left.
      return this.#isFinished ? new Map() : catalog.save();
    });
    this.#checkpointProblem = undefined;
    await inboxLog.release(taken);
  }

  /** Back to whom the settings before protected. A file that can no longer be read is no reason to keep the new ones. */
  async #unprotect(): Promise<void> {
    const { protection, log } = this.#parts;
    await protection.configure(this.#settings.neverBlock).catch((thrown: unknown) => log.error(messageOf(thrown)));
  }

  /** The end of a replay: nothing more will come, so the windows that are open close now. */
  async #finish(): Promise<void> {
    const { steps, catalog, outgoing, log } = this.#parts;
    if (this.#sources.length === 0) await new Promise(() => {});
    const ends = await Promise.allSettled(this.#sources.map(async ({ source }) => source.finished));
    for (const end of ends) if (end.status === "rejected") log.error(messageOf(end.reason));
    await steps.run("finish", () => {
      catalog.finish();
      outgoing.flush();
      this.#isFinished = true;
    });
  }
}

/** Settings that cannot be changed while the daemon runs. */
const NEEDS_START = [
  "data_dir",
  "outbox",
  "catalog",
  "server",
  "rpc",
  "sources",
  "filters",
  "routes",
  "packs",
  "targets",
  "checkpoint_every",
  "inbox",
  "functions",
];
const PROTECTION_MS = 60_000;
