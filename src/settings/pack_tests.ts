import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { checkSettings, parseSettings } from "../component/index.ts";
import type { Pack } from "./pack.ts";

/** A log that comes with a pack, and what the queries of the pack are to find in it. */
export interface PackTest {
  readonly name: string;
  /** By which of the logs of the pack it is read. */
  readonly as: string;
  /** The file. */
  readonly path: string;
  /** Each query with each address that it finds: `block.ssh_bf 203.0.113.7`. All others find nothing. */
  readonly finds: readonly string[];
}

/** The tests of a pack. Throws a SettingsError with what is wrong in their file. */
export async function loadPackTests({ folder }: Pack): Promise<PackTest[]> {
  const file = join(folder, "tests.yaml");
  const document = await parseSettings(await readFile(file, "utf8"), file);
  return checkSettings(z, TESTS, document).map(({ log, ...test }) => ({ ...test, path: join(folder, log) }));
}

const TEXT = z.string().min(1).max(1000);
const TESTS = z
  .array(z.strictObject({ name: TEXT, as: TEXT, log: z.string().regex(/^tests\/[a-z0-9_]+\.log$/), finds: z.array(TEXT) }))
  .min(1);
