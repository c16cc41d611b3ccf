import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A moto server: AWS as others know it. */
export interface Moto {
  readonly url: string;
  close(): void;
}

/** Starts moto on a port of its own, installing it when it is not there and pip can; or gives the sentence of why there is none. */
export async function openMoto(): Promise<Moto | string> {
  const program = programOf();
  if (program === undefined) return "moto_server is not installed, and pip could not install moto[server] within a minute";
  const child = spawn(program, ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "pipe", "pipe"] });
  const url = await urlOf(child);
  if (url === undefined) return `${program} ended before it listened`;
  return { url, close: () => void child.kill() };
}

function programOf(): string | undefined {
  if (isMoto("moto_server")) return "moto_server";
  const folder = mkdtempSync(join(tmpdir(), "hotaka-moto-"));
  const options = { timeout: 60_000, stdio: "ignore" } as const;
  if (spawnSync("python3", ["-m", "venv", folder], options).status !== 0) return undefined;
  if (spawnSync(join(folder, "bin", "pip"), ["install", "--quiet", "moto[server]"], options).status !== 0) return undefined;
  const program = join(folder, "bin", "moto_server");
  return isMoto(program) ? program : undefined;
}

function isMoto(program: string): boolean {
  return spawnSync(program, ["--help"], { timeout: 60_000, stdio: "ignore" }).status === 0;
}

/** The address that it says it listens at; undefined when it ends instead. */
async function urlOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = "";
    const hear = (text: Buffer): void => {
      said += text.toString();
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("error", () => resolve(undefined));
    child.once("close", () => resolve(undefined));
  });
}
