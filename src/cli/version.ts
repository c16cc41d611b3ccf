import { readFileSync } from "node:fs";

/** The version of the package, from its package.json, which stands at the same place above `src/cli` and `dist/cli`. */
export function version(): string {
  const found: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return typeof found === "object" && found !== null && "version" in found && typeof found.version === "string" ? found.version : "unknown";
}
