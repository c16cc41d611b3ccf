import type { CommandEntry } from "./command.ts";

/** Every command, in the order in which help lists them: what one starts with first. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "run",
    summary: "Runs the daemon",
    load: async () => (await import("./run.ts")).declareRun,
  },
  {
    name: "validate",
    summary: "Checks a settings file",
    load: async () => (await import("./validate.ts")).declareValidate,
  },
  {
    name: "replay",
    summary: "Runs queries over a log that is there already",
    load: async () => (await import("./replay.ts")).declareReplay,
  },
  {
    name: "queries",
    summary: "Lists the packs of ready queries, or tests them",
    load: async () => (await import("./queries.ts")).declareQueries,
  },
  {
    name: "stats",
    summary: "Takes targets and queries out and in, in the form of Norikra",
    load: async () => (await import("./stats.ts")).declareStats,
  },
  {
    name: "import",
    summary: "Translates a configuration of Fluentd",
    load: async () => (await import("./import.ts")).declareImport,
  },
  {
    name: "target",
    summary: "Manages targets",
    load: async () => (await import("./norikra/target.ts")).declareTarget,
  },
  {
    name: "query",
    summary: "Manages queries",
    load: async () => (await import("./norikra/query.ts")).declareQuery,
  },
  {
    name: "field",
    summary: "Manages the fields of targets",
    load: async () => (await import("./norikra/field.ts")).declareField,
  },
  {
    name: "event",
    summary: "Sends events and fetches rows",
    load: async () => (await import("./norikra/event.ts")).declareEvent,
  },
  {
    name: "admin",
    summary: "Looks after a server",
    load: async () => (await import("./norikra/admin.ts")).declareAdmin,
  },
  {
    name: "blocks",
    summary: "Lists what is blocked",
    load: async () => (await import("./blocks.ts")).declareBlocks,
  },
  {
    name: "why",
    summary: "Tells why an address is blocked, or is not",
    load: async () => (await import("./why.ts")).declareWhy,
  },
  {
    name: "block",
    summary: "Blocks an address",
    load: async () => (await import("./block.ts")).declareBlock,
  },
  {
    name: "unblock",
    summary: "Takes a block back",
    load: async () => (await import("./unblock.ts")).declareUnblock,
  },
  {
    name: "approve",
    summary: "Blocks what was held back",
    load: async () => (await import("./held.ts")).declareApprove,
  },
  {
    name: "reject",
    summary: "Gives up what was held back",
    load: async () => (await import("./held.ts")).declareReject,
  },
  {
    name: "notify",
    summary: "Sends a test message, or acknowledges one",
    load: async () => (await import("./notify.ts")).declareNotify,
  },
  {
    name: "start",
    summary: "Runs the daemon with the options of norikra start",
    load: async () => (await import("./start.ts")).declareStart,
  },
  {
    name: "stop",
    summary: "Stops a daemon that runs in the background",
    load: async () => (await import("./stop.ts")).declareStop,
  },
  {
    name: "tap",
    summary: "Shows the events of a target, or the rows of a query, as they come",
    load: async () => (await import("./tap.ts")).declareTap,
  },
  {
    name: "top",
    summary: "Shows which queries do what, as it changes",
    load: async () => (await import("./top.ts")).declareTop,
  },
  {
    name: "completion",
    summary: "Prints what makes a shell complete the words of hotaka",
    load: async () => (await import("./completion.ts")).declareCompletion,
  },
  {
    name: "token",
    summary: "Manages the tokens of the HTTP API",
    load: async () => (await import("./token.ts")).declareToken,
  },
  {
    name: "cases",
    summary: "Runs recorded cases of the query language",
    load: async () => (await import("./cases.ts")).declareCases,
  },
];
