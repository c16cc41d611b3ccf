import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";

/** Why real packets cannot be tested here, as a sentence; undefined when they can. */
export function whyNoNamespace(): string | undefined {
  if (process.platform !== "linux") return "network namespaces are of Linux";
  if (process.getuid?.() !== 0) return "network namespaces need root";
  if (spawnSync("nft", ["--version"]).status !== 0 && !installed("nftables"))
    return "nft is not installed and apt-get could not install it";
  if (spawnSync("ip", ["-V"]).status !== 0 && !installed("iproute2")) return "ip is not installed and apt-get could not install it";
  const probe = spawnSync("unshare", ["--net", "nft", "list", "ruleset"], { encoding: "utf8" });
  return probe.status === 0 ? undefined : `a network namespace could not be made: ${probe.stderr.trim()}`;
}

function installed(name: string): boolean {
  return spawnSync("apt-get", ["install", "-y", "-q", name], { timeout: 60_000, stdio: "ignore" }).status === 0;
}

/** Two machines in namespaces of their own, joined by a cable that nothing else is on: the server has x.1, the client x.2. */
export class Wire {
  readonly server = `hotaka-s-${randomBytes(3).toString("hex")}`;
  readonly client = `hotaka-c-${randomBytes(3).toString("hex")}`;

  constructor() {
    for (const name of [this.server, this.client]) {
      ip("netns", "add", name);
      ip("-n", name, "link", "set", "lo", "up");
    }
    ip("link", "add", "eth0", "netns", this.server, "type", "veth", "peer", "name", "eth0", "netns", this.client);
    this.#address(this.server, 1);
    this.#address(this.client, 2);
  }

  /** The command that runs another on the server. */
  get onServer(): string[] {
    return ["ip", "netns", "exec", this.server];
  }

  get onClient(): string[] {
    return ["ip", "netns", "exec", this.client];
  }

  close(): void {
    for (const name of [this.server, this.client]) spawnSync("ip", ["netns", "delete", name]);
  }

  #address(name: string, host: number): void {
    ip("-n", name, "address", "add", `203.0.113.${host}/24`, "dev", "eth0");
    ip("-n", name, "address", "add", `2001:db8:bad::${host}/64`, "dev", "eth0", "nodad");
    ip("-n", name, "link", "set", "eth0", "up");
  }
}

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: "pipe" });
}
