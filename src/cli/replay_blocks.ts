import { type Decision, type DecisionRequest, DEFAULT_POLICY, DryBlocks, isBlocking, Protection, type Rules } from "../blocks/index.ts";
import type { Output } from "../catalog/index.ts";
import { type Row, rowToJson, type Value } from "../event/index.ts";
import { HotakaError, parseCidr } from "../kit/index.ts";

/** A row that somebody may answer with a block. */
export interface FoundRow {
  readonly key: string;
  readonly query: string;
  readonly timeMs: number;
  readonly row: Row;
}

/** What a row asks of the block list; undefined when it asks for nothing. Throws HOTAKA_ADDRESS_INVALID when it names no address. */
export type Ask = (row: FoundRow) => DecisionRequest | undefined;

/** What became of one row under the block policy. */
export interface RowDecision {
  readonly decision: Decision;
  /** As the row has it. */
  readonly address: string;
  /** Whether a daemon would have blocked. */
  readonly isInForce: boolean;
}

/** Decides about rows as a daemon would have, dry: nothing is blocked, and time is that of the events. */
export class ReplayBlocks {
  readonly #blocks: DryBlocks;
  readonly #asks: readonly Ask[];
  /** Rows that were to be answered and name no address. */
  unusable = 0;

  /** Without rules of a settings file the default policy counts; but in a log of another day nothing is too late. */
  constructor(rules: Rules | undefined, asks: readonly Ask[]) {
    this.#blocks = new DryBlocks(rules ?? { policy: { ...DEFAULT_POLICY, decisionAgeMaxMs: undefined }, protection: new Protection([]) });
    this.#asks = asks;
  }

  decide(output: Output): RowDecision[] {
    const { query, timeMs, rows } = output;
    const rowKeys = output.keys();
    return rows.flatMap((row, at) => this.#asks.flatMap((ask) => this.#decided(ask, { key: rowKeys[at] ?? "", query, timeMs, row }) ?? []));
  }

  #decided(ask: Ask, row: FoundRow): RowDecision | undefined {
    try {
      const request = ask(row);
      if (request === undefined) return undefined;
      const decision = this.#blocks.decide(request);
      return { decision, address: request.address, isInForce: isBlocking(decision) };
    } catch (thrown) {
      if (!(thrown instanceof HotakaError) || thrown.code !== "HOTAKA_ADDRESS_INVALID") throw thrown;
      this.unusable++;
      return undefined;
    }
  }
}

/**
 * Asks for an hour's block of the address of every row, for queries that come without settings. `column` holds the address; when it is
 * undefined, `host` does, or else the first column that has one.
 */
export function askForEveryRow(column: string | undefined): Ask {
  return ({ key, query, timeMs, row }) => {
    const candidates = column === undefined ? [row["host"], ...Object.values(row)] : [row[column]];
    const address = candidates.find((value): value is string => typeof value === "string" && parseCidr(value) !== undefined);
    if (address === undefined) throw new HotakaError("HOTAKA_ADDRESS_INVALID", `a row of "${query}" names no address.`);
    const seen = Object.entries(row).filter(([, value]) => value !== address);
    const reason = [query, seen.map(([name, value]) => `${name} ${textOf(value)}`).join(", ")].filter((part) => part !== "").join(": ");
    return { rowKey: key, address, forMs: BLOCK_MS, mode: "block", reason, madeBy: query, eventTimeMs: timeMs };
  };
}

function textOf(value: Value): string {
  return typeof value === "string" ? value : rowToJson({ value }).slice('{"value":'.length, -1);
}

const BLOCK_MS = 3_600_000;
