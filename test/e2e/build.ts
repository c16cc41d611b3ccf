import { spawnSync } from "node:child_process";

/** Builds what the end-to-end tests run, once before any of them; where nothing has changed it takes a second. */
export function setup(): void {
  const { status, stdout } = spawnSync("npm run --silent build", { shell: true, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (status !== 0) throw new Error(`The build failed:\n${stdout}`);
}
