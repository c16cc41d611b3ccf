import {
  type Action,
  type ActionContext,
  type ActionRow,
  defineAction,
  duration,
  type RowTemplate,
  template,
} from "../../component/index.ts";
import { type Blocks, type DecisionRequest, describeDecision, type Mode, parseRequested } from "../../blocks/index.ts";
import { rowToJson } from "../../event/index.ts";
import { type Counter, HotakaError, oneLine } from "../../kit/index.ts";

/** What the block action needs beside the rest. */
export interface BlockContext extends ActionContext {
  readonly blocks: Pick<Blocks, "decideAll" | "consider">;
}

/** Settings of the block action, as its schema makes them. */
export interface BlockConfig {
  readonly address: string;
  readonly for: number;
  readonly mode: Mode;
  readonly reason: RowTemplate;
}

/** Blocks the address that a row names. */
export const block = defineAction<BlockConfig, BlockContext>({
  name: "block",
  summary: "Blocks the address that a row names, at every enforcement point, or writes down that it would have.",
  decides: true,
  undo: "`hotaka unblock ADDRESS` takes a block back; it ends by itself after `for`.",
  config: (z) =>
    z.strictObject({
      address: z.string().min(1).max(256).default("host").describe("Field of the row that holds the address or the prefix to block."),
      for: duration(z, { minMs: 1000 }).prefault("1h").describe("For how long. A repeated block ends when the later of the two does."),
      mode: z
        .enum(["block", "detect"])
        .default("block")
        .describe("block: the block takes effect. detect: the decision is written down and nothing is done."),
      reason: template(z).prefault("${query}").describe("Why, for people; ${field} stands for a field of the row."),
    }),
  examples: [
    { address: "host", for: "1h" },
    { address: "src_ip", for: "1 day", mode: "detect", reason: "${requests} requests in a minute" },
  ],
  reads: ({ address }) => [address],
  open: async (config, context) => new BlockAction(config, context),
});

class BlockAction implements Action {
  readonly #config: BlockConfig;
  readonly #context: BlockContext;
  readonly #unusable: Counter;

  constructor(config: BlockConfig, context: BlockContext) {
    this.#config = config;
    this.#context = context;
    this.#unusable = context.counters.counter("block_rows_unusable", "Rows without an address to block.", { action: context.name });
  }

  async perform(row: ActionRow): Promise<string> {
    const [sentence = ""] = await this.performAll([row]);
    return sentence;
  }

  async performAll(rows: readonly ActionRow[]): Promise<string[]> {
    const { blocks, dryRun } = this.#context;
    const asked = rows.map((row) => this.#requestOf(row));
    const requests = asked.filter((request) => typeof request !== "string");
    const decisions = dryRun ? requests.map((request) => blocks.consider(request)) : blocks.decideAll(requests);
    const sentences = decisions.map((decision) => describeDecision(decision));
    return asked.map((request) => (typeof request === "string" ? request : (sentences.shift() ?? "")));
  }

  /** What a row asks for, or why it asks for nothing that can be done: to try it again would find the same row, so that is said and counted. */
  #requestOf(row: ActionRow): DecisionRequest | string {
    try {
      const request = blockRequest(this.#config, row);
      parseRequested(request.address);
      return request;
    } catch (thrown) {
      if (!(thrown instanceof HotakaError) || thrown.code !== "HOTAKA_ADDRESS_INVALID") throw thrown;
      this.#unusable.add();
      return `nothing was blocked by a row of ${row.query}: ${thrown.message}`;
    }
  }

  async close(): Promise<void> {}
}

/** What a row asks of the block list. Throws HOTAKA_ADDRESS_INVALID when it lacks the field, or the field holds no text. */
export function blockRequest({ address: field, for: forMs, mode, reason }: BlockConfig, row: ActionRow): DecisionRequest {
  const address = Object.hasOwn(row.row, field) ? row.row[field] : undefined;
  if (typeof address !== "string") {
    const found =
      address === undefined ? `fields ${Object.keys(row.row).join(", ")}` : `${address === null ? "null" : typeof address} in ${field}`;
    throw new HotakaError("HOTAKA_ADDRESS_INVALID", `field "${field}" with an address was wanted; ${oneLine(found, 200)} was found.`);
  }
  return {
    // Two block actions may answer one row; each decides once.
    rowKey: `${row.key} ${mode} ${field}`,
    address,
    forMs,
    mode,
    reason: reason(row),
    madeBy: row.query,
    rowJson: rowToJson(row.row),
    eventTimeMs: row.timeMs,
  };
}
