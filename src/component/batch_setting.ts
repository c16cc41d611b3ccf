import { formatSize } from "../kit/index.ts";
import type { BatchBounds } from "./action.ts";
import type { Zod } from "./definition.ts";
import { duration, size } from "./settings_types.ts";

/** The setting `batch` of an action that sends rows together, as its schema makes it. */
export interface BatchConfig {
  readonly rows_max: number;
  readonly bytes_max: number;
  /** Milliseconds. */
  readonly linger: number;
}

/** What `batch` may hold. A component adds what is its own, and sets the default or makes it optional. */
export function batchSettings(z: Zod, { rowsMax, bytesMax }: Omit<BatchBounds, "lingerMs">) {
  return {
    rows_max: z.int().min(1).max(BATCH_ROWS_MAX).default(rowsMax).describe("Rows of a batch, at most."),
    bytes_max: size(z, { minBytes: 1024, maxBytes: 64 << 20 })
      .prefault(formatSize(bytesMax))
      .describe("Bytes of its rows, at most, as JSON and with their keys. A row that alone is larger is a batch of its own."),
    linger: duration(z, { maxMs: 3_600_000 })
      .prefault("0s")
      .describe(
        "How long rows wait for more, unless `rows_max` of them wait. At 0 a batch is what came while the one before was on its way.",
      ),
  };
}

/** What the outbox asks of an action with these settings. */
export function batchBounds({ rows_max: rowsMax, bytes_max: bytesMax, linger: lingerMs }: BatchConfig): BatchBounds {
  return { rowsMax, bytesMax, lingerMs };
}

/** Some fifty milliseconds of work that nothing else is done in. */
const BATCH_ROWS_MAX = 10_000;
