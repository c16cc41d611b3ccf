import { z } from "zod";
import { DEFAULT_POOL_BOUNDS, DEFAULT_TARGET_BOUNDS, DEFAULT_TARGET_TIME, type TargetTime } from "../catalog/index.ts";
import {
  type ActionDefinition,
  componentItem,
  duration,
  type EnforcerDefinition,
  type FilterDefinition,
  type HostAndPort,
  hostAndPort,
  hostAndPortOf,
  size,
  type SourceDefinition,
  worded,
} from "../component/index.ts";
import { INBOX_BYTES_MAX } from "../journal/index.ts";
import { formatDuration, formatSize, LOG_LEVELS } from "../kit/index.ts";
import { OUTBOX_BOUNDS } from "../outbox/index.ts";
import { DEFAULT_BUDGET, WHEN_FULL } from "../sql/index.ts";
import { durationOrOff } from "./duration_or_off.ts";
import { ledgerSchema, policySchema } from "./policy_schema.ts";
import { neverBlockSchema } from "./never_block_schema.ts";
import { packsSetting } from "./pack_settings.ts";
import type { DecisionTargets } from "./decision_targets.ts";

/** The components that settings may declare: the list of each kind. */
export interface Components {
  readonly sources: readonly SourceDefinition<unknown>[];
  readonly filters: readonly FilterDefinition<unknown>[];
  readonly actions: readonly ActionDefinition<unknown>[];
  readonly enforcers: readonly EnforcerDefinition<unknown>[];
}

/** The settings file as JSON Schema: what an editor completes and checks while one types. */
export function settingsJsonSchema(components: Components): Readonly<Record<string, unknown>> {
  // Editors know draft 7 best. What a text is read as cannot be told in JSON Schema, so the schema is that of what is written.
  return z.toJSONSchema(settingsSchema(components), { io: "input", target: "draft-7", unrepresentable: "any" });
}

/** The one truth about the settings file: its checks, its manual and its completion come from here. */
export function settingsSchema({ sources, filters, actions, enforcers }: Components) {
  return z
    .strictObject({
      data_dir: z
        .string()
        .min(1)
        .default(DATA_DIR_DEFAULT)
        .describe("Folder that keeps positions, windows, decisions and the control socket."),
      log_level: z.enum(LOG_LEVELS).default("info").describe("The least important lines that are written."),
      checkpoint_every: duration(z, { minMs: 100, maxMs: 3_600_000 })
        .prefault("5s")
        .describe(
          "How often positions and windows are written to the disk, where they have changed. What is read again after a crash is at most that much. Rows of lines that carry no time are then other rows, of the time at which they are read again, and actions have them twice.",
        ),
      inbox: inboxSchema(),
      outbox: outboxSchema(),
      catalog: catalogSchema(),
      server: serverSchema(),
      rpc: rpcSchema(),
      sources: z
        .array(componentItem(z, sources, {}))
        .max(LIST_MAX)
        .default([])
        .describe("What brings events in."),
      filters: z
        .array(componentItem(z, filters, { match: tagPattern() }))
        .max(LIST_MAX)
        .default([])
        .describe("What is done with events that carry a tag, before they are routed: every filter whose `match` fits, in this order."),
      routes: z
        .array(routeSchema())
        .max(LIST_MAX)
        .default([])
        .describe("Which target the events of a tag go to: the first route whose `match` fits. Without any, a tag names its target."),
      packs: packsSetting(),
      functions: z
        .strictObject({ file: z.string().min(1).describe("The file, a JavaScript module (.mjs).") })
        .optional()
        .describe(
          "Functions and aggregates of your own for queries, from a file that exports `functions` or `aggregates` with declared types. It is your code " +
            "and runs with all the rights of the daemon, without any fence: load nothing that you would not run yourself. It must belong to the user of " +
            "the daemon or to root, and not everybody may write it. A function that throws gives null for that row and is counted; one that never returns " +
            "stops the daemon. It is read when the daemon starts.",
        ),
      targets: z
        .record(z.string().min(1), targetSchema())
        .default({})
        .describe("How targets keep time, by name, where it is to be otherwise than by default."),
      queries: z.array(querySchema()).max(QUERIES_MAX).default([]).describe("The statements that watch the targets."),
      budget: budgetSchema()
        .partial()
        .prefault({})
        .describe(
          `What each query may hold, also one that is registered elsewhere (groups_max: ${DEFAULT_BUDGET.groups_max}, events_max: ${DEFAULT_BUDGET.events_max}, when_full: ${DEFAULT_BUDGET.when_full}).`,
        ),
      actions: z.array(actionSchema(actions)).max(LIST_MAX).default([]).describe("What answers the rows of the queries, in this order."),
      enforcers: z
        .array(
          componentItem(z, enforcers, { dry_run: z.boolean().default(false).describe("Says what it would change, and changes nothing.") }),
        )
        .max(LIST_MAX)
        .default([])
        .describe("Where blocks take effect."),
      never_block: neverBlockSchema(),
      policy: policySchema(),
      ledger: ledgerSchema(),
      decision_events: decisionEventsSchema(),
    })
    .describe("Settings of Hotaka.");
}

function tagPattern() {
  return z
    .string()
    .min(1)
    .max(512)
    .describe("Tags, as a pattern of Fluentd: web.access, web.*, web.**, {web,app}.**, several apart by blanks.");
}

function routeSchema() {
  return z
    .strictObject({
      match: tagPattern(),
      target: z
        .string()
        .min(1)
        .max(255)
        .optional()
        .describe("Target that receives the events. Without it the tag names it, with `_` for points."),
      remove_prefix: z
        .string()
        .min(1)
        .max(512)
        .optional()
        .describe("Taken off the tag, with the point behind it, before it names the target."),
      drop: z.boolean().default(false).describe("The events go nowhere; they are counted."),
    })
    .superRefine(({ target, remove_prefix: prefix, drop }, context) => {
      if (drop && (target !== undefined || prefix !== undefined)) {
        context.addIssue({
          code: "custom",
          path: ["drop"],
          message: "drop was found together with where events go; one of them was wanted.",
        });
      } else if (target !== undefined && prefix !== undefined) {
        context.addIssue({
          code: "custom",
          path: ["remove_prefix"],
          message: "remove_prefix has no meaning beside target; one of them was wanted.",
        });
      }
    })
    .describe("A route.");
}

function inboxSchema() {
  return z
    .strictObject({
      bytes_max: size(z, { minBytes: 64 << 20 })
        .prefault(formatSize(INBOX_BYTES_MAX))
        .describe("Most that it takes of the disk. Beyond it peers wait or are refused, and nothing that was acknowledged is lost."),
    })
    .prefault({})
    .describe("What peers push in, kept on the disk until a checkpoint holds it.");
}

function outboxSchema() {
  const { rowsMax, triesMax, backoff, deadLetterBytesMax } = OUTBOX_BOUNDS;
  return z
    .strictObject({
      rows_max: z
        .int()
        .min(100)
        .max(10_000_000)
        .default(rowsMax)
        .describe(
          "Rows that wait at a time. From half of it on sources that can wait do so; a row beyond it goes to the dead-letter file at once.",
        ),
      tries_max: z
        .int()
        .min(1)
        .max(1000)
        .default(triesMax)
        .describe("Tries for a row before it goes to the dead-letter file, with the reason."),
      retry_wait: duration(z, { minMs: 10, maxMs: 3_600_000 })
        .prefault(formatDuration(backoff.firstMs))
        .describe("The wait behind the first try that failed. Each further one is twice as long, less up to half of it by chance."),
      retry_wait_max: duration(z, { minMs: 10, maxMs: 86_400_000 }).prefault(formatDuration(backoff.mostMs)).describe("The longest wait."),
      dead_letter_bytes_max: size(z, { minBytes: 1 << 20 })
        .prefault(formatSize(deadLetterBytesMax))
        .describe("Size at which the dead-letter file is put aside and a new one begun. The one put aside before is dropped, and counted."),
    })
    .prefault({})
    .describe("Rows on their way to actions: on the disk until each is done, or has been written to the dead-letter file.");
}

function catalogSchema() {
  return z
    .strictObject({
      targets_max: z
        .int()
        .min(1)
        .max(100_000)
        .default(DEFAULT_TARGET_BOUNDS.targets_max)
        .describe("Targets there may be. Who sends events may name new ones; beyond it they are refused."),
      fields_max: z
        .int()
        .min(1)
        .max(100_000)
        .default(DEFAULT_TARGET_BOUNDS.fields_max)
        .describe(
          "Fields that events may bring to a target; beyond it new keys are counted and left out, but for those that a query waits for.",
        ),
      pool_rows_max: z
        .int()
        .min(0)
        .max(10_000_000)
        .default(DEFAULT_POOL_BOUNDS.pool_rows_max)
        .describe("Rows of each query that are kept until somebody fetches them; beyond it the oldest are dropped and counted."),
      pool_bytes_max: size(z, { minBytes: 0 })
        .prefault(formatSize(DEFAULT_POOL_BOUNDS.pool_bytes_max))
        .describe("About how much memory those rows of one query may take."),
    })
    .prefault({})
    .describe("Bounds of what is opened and registered while the daemon runs.");
}

function serverSchema() {
  return z
    .strictObject({
      listen: hostAndPort(z)
        .prefault("127.0.0.1:26578")
        .describe("Where the HTTP API listens. Where others can reach it, it starts only when there is a token."),
      open_to_network: z.boolean().default(false).describe("Lets whoever reaches `listen` read the API while there is no token."),
      hosts: z
        .array(z.string().min(1).max(255))
        .max(LIST_MAX)
        .default([])
        .describe("Names by which browsers may ask, as in the Host header, beside localhost and addresses."),
      origins: z
        .array(z.string().regex(/^https?:\/\/[^/\s]{1,255}$/, "an origin such as https://dashboard.example was wanted."))
        .max(LIST_MAX)
        .default([])
        .describe("Origins whose pages may ask from a browser, beside those of the API itself."),
      body_bytes_max: bodyBytesMax("The longest request with events; a longer one is refused."),
    })
    .prefault({})
    .describe("The HTTP API.");
}

function rpcSchema() {
  return z
    .strictObject({
      listen: worded<HostAndPort | undefined>(z, "host:port, such as 127.0.0.1:26571, or off", (text) =>
        text === "off" ? { value: undefined } : hostAndPortOf(text),
      )
        .optional()
        .describe("Where the RPC of Norikra listens, or `off` (127.0.0.1:26571, unless another program has that port)."),
      open_to_network: z
        .boolean()
        .default(false)
        .describe("Allows `listen` to be an address that others can reach. The RPC has no login: whoever reaches it may do all of it."),
      body_bytes_max: bodyBytesMax("The longest request; a longer one is refused."),
    })
    .prefault({})
    .describe("The RPC of Norikra, MessagePack over HTTP.");
}

function bodyBytesMax(what: string) {
  return size(z, { minBytes: 65_536, maxBytes: 268_435_456 }).prefault("32MB").describe(what);
}

function targetSchema() {
  const { lateness_max_ms, held_events_max, future_max_ms, idle_after_ms } = DEFAULT_TARGET_TIME;
  return z
    .strictObject({
      clock: z
        .enum(["event", "arrival"])
        .optional()
        .describe(
          "Whose time an event is given: its own, or that of its arrival. Without it, its own where the format knows it, else that of its arrival.",
        ),
      lateness_max: duration(z, { maxMs: DAY_MS })
        .optional()
        .describe(`How long a straggler is waited for (${lateness_max_ms / 1000}s).`),
      held_events_max: z
        .int()
        .min(1)
        .max(100_000_000)
        .optional()
        .describe(`Events that may wait for stragglers (${held_events_max}); beyond it the oldest go before their time.`),
      future_max: durationOrOff()
        .optional()
        .describe(`An event dated further ahead is refused (${(future_max_ms ?? 0) / 60_000}min), or \`off\`.`),
      idle_after: durationOrOff()
        .optional()
        .describe(`After so long without events time goes on by itself (${(idle_after_ms ?? 0) / 1000}s), or \`off\`.`),
    })
    .describe("How a target keeps time.");
}

/** Of a target as written: what it says, and no more. */
export function targetTimeOf(written: z.infer<ReturnType<typeof targetSchema>>): Partial<TargetTime> {
  const { clock, lateness_max: lateness, held_events_max: held, future_max: future, idle_after: idle } = written;
  return {
    ...(clock === undefined ? {} : { clock }),
    ...(lateness === undefined ? {} : { lateness_max_ms: lateness }),
    ...(held === undefined ? {} : { held_events_max: held }),
    ...(future === undefined ? {} : { future_max_ms: future.ms }),
    ...(idle === undefined ? {} : { idle_after_ms: idle.ms }),
  };
}

function querySchema() {
  return z
    .strictObject({
      name: z
        .string()
        .regex(/^[^\s\p{C}]{1,255}$/u, "a name of 1 to 255 characters without blanks was wanted, such as block.access_over_1000_per_1min.")
        .describe("Unique. Actions choose queries by it."),
      sql: z.string().min(1).max(65_536).describe("The statement."),
      group: z.string().min(1).max(255).optional().describe("A label, to fetch the rows of several queries at once."),
      budget: budgetSchema().partial().optional().describe("What this query may hold, where it is not what the others may."),
    })
    .describe("A query.");
}

function budgetSchema() {
  return z.strictObject({
    groups_max: z.int().min(1).max(100_000_000).describe("Groups held at a time; `when_full` says what becomes of a new one beyond it."),
    events_max: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .describe(
        "Events held in windows at a time, and as many that wait in matches not yet complete. Beyond it new events are refused, and the oldest such matches given up; both are counted.",
      ),
    when_full: z
      .enum(WHEN_FULL)
      .describe(
        "With as many groups as there may be, `refuse` does not take an event of a new one, and counts it; `evict` takes it, and forgets and counts the " +
          "group that no event was of for the longest time. Keys of `std:unique`, `std:firstunique` and `std:groupwin` then count as groups. Queries " +
          "that hold what they know of a group elsewhere too (joins, patterns, `OUTPUT`) are refused with `evict`.",
      ),
  });
}

function actionSchema(actions: Components["actions"]) {
  return componentItem(z, actions, {
    match: z.string().min(1).describe("Names of queries, as a pattern: block.ssh, block.*, block.** or {block,detect}.**."),
    dry_run: z.boolean().default(false).describe("Says what it would do, and does nothing."),
  });
}

function decisionEventsSchema() {
  const target = (name: string, of: string) =>
    worded<{ readonly target: string | undefined }>(z, "a name of letters, digits, underscores and dots, or off", (text) => {
      if (text === "off") return { value: { target: undefined } };
      return /^[A-Za-z][\w.]{0,254}$/.test(text) ? { value: { target: text } } : undefined;
    })
      .prefault(name)
      .describe(
        `Target of the events of ${of}, or \`off\`. SQL names it in backticks; an action answers the events with \`match: ${name}\`.`,
      );
  return z
    .strictObject({
      blocked: target("access.blocked", "decisions to block"),
      detected: target("access.detected", "decisions of mode detect"),
    })
    .prefault({})
    .describe("Every decision comes back as an event: its row, what became of it, and how it is enforced.");
}

/** The targets as they are used. */
export function decisionTargetsOf({ blocked, detected }: z.infer<ReturnType<typeof decisionEventsSchema>>): DecisionTargets {
  return { blocked: blocked.target, detected: detected.target };
}

export const DATA_DIR_DEFAULT = "./data";
const DAY_MS = 86_400_000;
const LIST_MAX = 1000;
const QUERIES_MAX = 10_000;
