import { type Action, type ActionContext, type ActionRow, defineAction, type RowTemplate, template } from "../../component/index.ts";
import { rowToJson } from "../../event/index.ts";
import { oneLine } from "../../kit/index.ts";

interface LogConfig {
  readonly level: "info" | "warn" | "error";
  readonly template?: RowTemplate | undefined;
}

/** Writes each row to the log. */
export const log = defineAction<LogConfig>({
  name: "log",
  summary: "Writes each row to the log of the daemon, as one line.",
  undo: "There is nothing to take back: a line in the log stays.",
  config: (z) =>
    z.strictObject({
      level: z.enum(["info", "warn", "error"]).default("info").describe("Level of the line."),
      template: template(z)
        .optional()
        .describe("Text of the line; ${field} stands for a field of the row. Without it the row is written as JSON."),
    }),
  examples: [{}, { level: "warn", template: "${host} made ${requests} requests" }],
  open: async (config, context) => new LogAction(config, context),
});

class LogAction implements Action {
  readonly #config: LogConfig;
  readonly #context: ActionContext;
  /** Keys of the rows written last, so that a row that comes again at once is one line. */
  readonly #written = new Set<string>();

  constructor(config: LogConfig, context: ActionContext) {
    this.#config = config;
    this.#context = context;
  }

  async perform(row: ActionRow): Promise<string> {
    const line = this.#config.template?.(row) ?? oneLine(`${row.query} ${rowToJson(row.row)}`, LINE_CHARS_MAX);
    if (this.#context.dryRun) return `would log: ${line}`;
    if (!this.#written.has(row.key)) {
      this.#remember(row.key);
      this.#context.log[this.#config.level](line, { query: row.query, time: row.timeMs });
    }
    return `logged: ${line}`;
  }

  async close(): Promise<void> {}

  #remember(key: string): void {
    const [oldest] = this.#written;
    if (this.#written.size >= KEYS_MAX && oldest !== undefined) this.#written.delete(oldest);
    this.#written.add(key);
  }
}

const LINE_CHARS_MAX = 8192;
const KEYS_MAX = 10_000;
