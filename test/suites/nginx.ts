import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

/** Why nginx cannot be tested here, as a sentence; undefined when it can. Debian's is installed where apt-get may. */
export function whyNoNginx(): string | undefined {
  const isThere = (): boolean => spawnSync("nginx", ["-v"], { stdio: "ignore" }).status === 0;
  if (isThere()) return undefined;
  spawnSync("apt-get", ["install", "-y", "-q", "nginx-light"], { timeout: 60_000, stdio: "ignore" });
  return isThere() ? undefined : "nginx is not installed and apt-get could not install it";
}

/** An nginx of its own in a folder of its own, on a free port of the loopback. */
export class Nginx {
  readonly folder = mkdtempSync(join(tmpdir(), "hotaka-nginx-"));
  #child: ChildProcess | undefined;
  #port = 0;

  /** Starts it with these lines in its `server`. Resolves when it answers. */
  async start(lines: string): Promise<void> {
    this.#port = await freePort();
    writeFileSync(this.#config, CONFIG.replace("PORT", String(this.#port)).replace("LINES", lines).replaceAll("FOLDER", this.folder));
    this.#child = spawn("nginx", ["-e", "error.log", "-p", this.folder, "-c", this.#config], { stdio: "ignore" });
    while (!(await this.#isUp())) await setImmediate();
  }

  /** The arguments that make it read its files again. */
  get reload(): string[] {
    return ["nginx", "-e", "error.log", "-p", this.folder, "-c", this.#config, "-s", "reload"];
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** The status that it gives to a client at that address of the loopback. */
  async status(client: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    return new Promise((resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port: this.#port, localAddress: client, headers, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      asked.once("error", reject);
      asked.end();
    });
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #config(): string {
    return join(this.folder, "nginx.conf");
  }

  async #isUp(): Promise<boolean> {
    return existsSync(join(this.folder, "nginx.pid")) && (await this.status("127.0.0.1").catch(() => 0)) > 0;
  }
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

const CONFIG = `
daemon off;
pid FOLDER/nginx.pid;
error_log FOLDER/error.log;
events {}
http {
  access_log off;
  client_body_temp_path FOLDER/body;
  proxy_temp_path FOLDER/proxy;
  fastcgi_temp_path FOLDER/fastcgi;
  uwsgi_temp_path FOLDER/uwsgi;
  scgi_temp_path FOLDER/scgi;
  server {
    listen 127.0.0.1:PORT;
    LINES
  }
}
`;
