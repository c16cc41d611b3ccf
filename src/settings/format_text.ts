import { z } from "zod";
import { checkSettings, type Format, parseSettings, SettingsError } from "../component/index.ts";
import { formatSetting, openFormat } from "../formats/index.ts";
import { HotakaError } from "../kit/index.ts";

/**
 * The format that is written as in a settings file: by its name, `json`, or with its settings, `csv: { columns: [host, path] }`. Throws
 * HOTAKA_CLI_USAGE with what is wrong.
 */
export async function parseFormat(text: string): Promise<Format> {
  try {
    return openFormat(checkSettings(z, formatSetting(z), await parseSettings(text, "--format")));
  } catch (thrown) {
    if (!(thrown instanceof SettingsError)) throw thrown;
    const [problem] = thrown.problems;
    throw new HotakaError("HOTAKA_CLI_USAGE", `--format: ${problem?.sentence ?? thrown.message}`, { cause: thrown });
  }
}
