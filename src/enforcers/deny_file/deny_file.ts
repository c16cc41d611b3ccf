import { type FileHandle, open as openFile, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import {
  defineEnforcer,
  duration,
  type Enforcer,
  type EnforcerChange,
  type EnforcerContext,
  type WantedBlock,
} from "../../component/index.ts";
import { type Clock, errnoOf, HotakaError, messageOf } from "../../kit/index.ts";
import { runProgram } from "../program.ts";
import { type DenyFile, type DenyFormat, denyText, parseDenyFile } from "./lines.ts";

interface DenyFileConfig {
  readonly path: string;
  readonly format: DenyFormat;
  readonly reload?: readonly string[] | undefined;
  readonly reload_every: number;
  readonly reload_timeout: number;
  readonly entries_max: number;
}

/** Writes what is blocked into a file that another program reads. */
export const denyFile = defineEnforcer<DenyFileConfig>({
  name: "deny_file",
  summary: "Writes what is blocked into a file that another program reads: deny lines of nginx, a map of HAProxy, or a plain list.",
  undo: "Remove the lines between its two marks, or the file, and let the program that reads it read it again.",
  config: (z) =>
    z.strictObject({
      path: z
        .string()
        .min(1)
        .max(4096)
        .describe("The file, made at start. It is replaced in one step; lines outside of the two marks stay as they are."),
      format: z
        .enum(["nginx", "haproxy", "plain"])
        .describe("nginx: `deny ADDRESS;`, to be included. haproxy: `ADDRESS blocked`, a map. plain: an address or prefix a line."),
      reload: z
        .array(z.string().min(1).max(4096))
        .min(1)
        .max(64)
        .optional()
        .describe("Program, with its arguments, that makes the other one read the file: [nginx, -s, reload]. No shell reads it."),
      reload_every: duration(z, { maxMs: 3_600_000 })
        .prefault("1s")
        .describe("The least time between two reloads; what is decided meanwhile waits for the next."),
      reload_timeout: duration(z, { minMs: 100, maxMs: 600_000 }).prefault("30s").describe("How long a reload may take."),
      entries_max: z
        .int()
        .min(1)
        .max(4_000_000)
        .default(100_000)
        .describe("Most blocks it holds; those beyond are shown as over capacity."),
    }),
  examples: [
    { path: "/etc/nginx/deny.conf", format: "nginx", reload: ["nginx", "-s", "reload"] },
    { path: "/etc/haproxy/blocked.map", format: "haproxy", reload: ["systemctl", "reload", "haproxy"], reload_every: "5s" },
    { path: "blocked.txt", format: "plain" },
  ],
  open: async (config, context) => new DenyFileEnforcer(config, context),
});

interface Observed extends DenyFile {
  /** A program that includes the file fails without it, also while nothing is blocked. */
  readonly isMissing: boolean;
  /** The program was not told of the file as it stands. */
  readonly isUntold: boolean;
}

interface DenyFileChange extends EnforcerChange {
  /** All that is to stand in the file. */
  readonly wanted: readonly string[];
}

class DenyFileEnforcer implements Enforcer<Observed, DenyFileChange> {
  readonly capacity: number;
  readonly #config: DenyFileConfig;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #memory: EnforcerContext["memory"];
  #reloadedMs = Number.NEGATIVE_INFINITY;

  constructor(config: DenyFileConfig, { folder, clock, memory }: EnforcerContext) {
    this.#config = config;
    this.#path = isAbsolute(config.path) ? config.path : resolve(folder, config.path);
    this.#clock = clock;
    this.#memory = memory;
    this.capacity = config.entries_max;
  }

  async observe(): Promise<Observed> {
    const isUntold = this.#config.reload !== undefined && this.#memory.get(this.#key) === UNTOLD;
    const text = await this.#text();
    return { ...parseDenyFile(text ?? "", this.#config.format), isMissing: text === undefined, isUntold };
  }

  /** One change, whatever there is to do: the file is written whole. */
  plan(wanted: readonly WantedBlock[], { own, isTidy, isMissing, isUntold }: Observed): DenyFileChange[] {
    const [cidrs, there] = [new Set(wanted.map(({ cidr }) => cidr)), new Set(own)];
    const added = [...cidrs].filter((cidr) => !there.has(cidr));
    const removed = [...there].filter((cidr) => !cidrs.has(cidr));
    const isRight = !isMissing && added.length + removed.length === 0 && (isTidy || (own.length === 0 && cidrs.size === 0));
    if (isRight && !isUntold) return [];
    // Of what a program that could not be told holds, nothing is known.
    const concerned = isUntold || added.length + removed.length === 0 ? [...new Set([...cidrs, ...there])] : [...added, ...removed];
    const parts = [...(added.length > 0 ? [`add ${shown(added)}`] : []), ...(removed.length > 0 ? [`remove ${shown(removed)}`] : [])];
    const isLeft = isRight ? "reload" : isMissing ? "write the marks" : "put in order";
    const what = parts.length === 0 ? isLeft : parts.join(", ");
    return [{ cidrs: concerned, wanted: [...cidrs], sentence: `${what} in ${this.#path}` }];
  }

  async apply({ wanted }: DenyFileChange): Promise<void> {
    const text = await this.#text();
    const next = denyText(parseDenyFile(text ?? "", this.#config.format), wanted, this.#config.format);
    if (this.#config.reload !== undefined) this.#memory.set(this.#key, UNTOLD);
    if (next !== text) await this.#replace(next);
    if (this.#config.reload !== undefined) await this.#reload(this.#config.reload);
  }

  /** The file stays: what it denies is denied on. */
  async close(): Promise<void> {}

  get #key(): string {
    return `deny_file ${this.#path}`;
  }

  /** Undefined when there is no file. */
  async #text(): Promise<string | undefined> {
    try {
      return await readFile(this.#path, "utf8");
    } catch (thrown) {
      if (errnoOf(thrown) === "ENOENT") return undefined;
      throw new HotakaError("HOTAKA_ENFORCER_FAILED", `${this.#path} could not be read: ${messageOf(thrown)}.`, { cause: thrown });
    }
  }

  /** Whoever reads the file reads the old one or the new one, whole; it keeps its mode and its owner. */
  async #replace(text: string): Promise<void> {
    const aside = join(dirname(this.#path), `.${this.#path.split("/").at(-1) ?? ""}.hotaka`);
    let file: FileHandle | undefined;
    try {
      const before = await stat(this.#path).catch(() => undefined);
      file = await openFile(aside, "w", before === undefined ? 0o644 : before.mode & 0o777);
      await file.writeFile(text);
      if (before !== undefined) await file.chmod(before.mode & 0o777);
      // Only root may give a file away, and for everybody else it is theirs already.
      if (before !== undefined) await file.chown(before.uid, before.gid).catch(() => {});
      await file.sync();
      await file.close();
      file = undefined;
      await rename(aside, this.#path);
    } catch (thrown) {
      await file?.close().catch(() => {});
      await rm(aside, { force: true }).catch(() => {});
      throw new HotakaError("HOTAKA_ENFORCER_FAILED", `${this.#path} could not be written: ${messageOf(thrown)}.`, { cause: thrown });
    }
  }

  /** A wave of blocks is one reload: the first at once, each other `reload_every` after the one before. */
  async #reload(argv: readonly string[]): Promise<void> {
    const waitMs = this.#reloadedMs + this.#config.reload_every - this.#clock.nowMs();
    if (waitMs > 0) {
      await new Promise<void>((done) => {
        this.#clock.after(waitMs, done);
      });
    }
    this.#reloadedMs = this.#clock.nowMs();
    await runProgram({ argv, timeoutMs: this.#config.reload_timeout });
    this.#memory.set(this.#key, "told");
  }
}

function shown(cidrs: readonly string[]): string {
  return cidrs.length <= 3 ? cidrs.join(", ") : `${cidrs.slice(0, 3).join(", ")} and ${cidrs.length - 3} more`;
}

const UNTOLD = "untold";
