import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { assert, type Clock, type Database, HotakaError, type SqlRow } from "../kit/index.ts";
import { isRole, type Role } from "./role.ts";

/** A token as it is listed: everything but its secret, which nobody has but who was given it. */
export interface TokenStatus {
  readonly name: string;
  readonly role: Role;
  readonly createdMs: number;
  readonly createdBy: string;
  /** Undefined: it does not end by itself. */
  readonly expiresMs: number | undefined;
  /** When it was last used, to the hour; undefined: never. */
  readonly usedMs: number | undefined;
}

/** A token as somebody wants it. */
export interface TokenWish {
  readonly name: string;
  readonly role: Role;
  /** For how long it is good; undefined: until it is revoked. */
  readonly forMs: number | undefined;
  readonly by: string;
}

/**
 * The tokens by which programs and people show who they are. A token is `hotaka_ID_SECRET`; what is kept is the SHA-256 of the secret. A
 * slow hash would gain nothing: the secret is 256 random bits, which nobody guesses, and it is checked at every request.
 */
export class Tokens {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor({ database, clock }: { readonly database: Database; readonly clock: Clock }) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Makes a token and gives its text, which cannot be had again. Throws HOTAKA_TOKEN_NAME and HOTAKA_TOKEN_LIMIT. */
  create({ name, role, forMs, by }: TokenWish): string {
    if (!NAME.test(name))
      throw new HotakaError(
        "HOTAKA_TOKEN_NAME",
        `${JSON.stringify(name.slice(0, 60))} is not a name for a token; 1 to 64 letters, digits, points, hyphens and underscores were wanted.`,
      );
    if (this.#database.get("SELECT 1 AS one FROM tokens WHERE name = ?", name) !== undefined)
      throw new HotakaError("HOTAKA_TOKEN_NAME", `There is a token "${name}" already. Revoke that one, or give this one another name.`);
    if (this.count >= TOKENS_MAX)
      throw new HotakaError(
        "HOTAKA_TOKEN_LIMIT",
        `There are ${TOKENS_MAX} tokens, and no more are kept. Revoke those that nobody uses: \`hotaka token list\`.`,
      );
    const id = randomBytes(ID_BYTES).toString("hex");
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    const nowMs = this.#clock.nowMs();
    this.#database.run(
      "INSERT INTO tokens (id, name, role, hash, created_ms, created_by, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
      id,
      name,
      role,
      hashOf(secret).toString("hex"),
      nowMs,
      by,
      forMs === undefined ? null : nowMs + forMs,
    );
    return `hotaka_${id}_${secret}`;
  }

  /** The token that this text is; undefined when there is none, or when its time is over. It takes as long for a wrong secret as for the right one. */
  verify(text: string): TokenStatus | undefined {
    const [, id = "", secret = ""] = TOKEN.exec(text) ?? [];
    const row = this.#database.get("SELECT * FROM tokens WHERE id = ?", id);
    const kept = row === undefined ? NOBODY : Buffer.from(row.text("hash"), "hex");
    const isRight = timingSafeEqual(hashOf(secret), kept);
    if (row === undefined || !isRight) return undefined;
    const nowMs = this.#clock.nowMs();
    const status = statusOf(row);
    if (status.expiresMs !== undefined && status.expiresMs <= nowMs) return undefined;
    if (nowMs - (status.usedMs ?? 0) >= USED_PERIOD_MS) this.#database.run("UPDATE tokens SET used_ms = ? WHERE id = ?", nowMs, id);
    return status;
  }

  /** False when there is none of that name. From here on it is good for nothing. */
  revoke(name: string): boolean {
    return this.#database.run("DELETE FROM tokens WHERE name = ?", name) > 0;
  }

  /** By name; those whose time is over too. */
  list(): TokenStatus[] {
    return this.#database.all("SELECT * FROM tokens ORDER BY name").map(statusOf);
  }

  get count(): number {
    return this.#database.get("SELECT count(*) AS tokens FROM tokens")?.number("tokens") ?? 0;
  }
}

function statusOf(row: SqlRow): TokenStatus {
  const role = row.text("role");
  assert(isRole(role), `a token has the role ${role}`);
  return {
    name: row.text("name"),
    role,
    createdMs: row.number("created_ms"),
    createdBy: row.text("created_by"),
    expiresMs: row.numberOrNull("expires_ms") ?? undefined,
    usedMs: row.numberOrNull("used_ms") ?? undefined,
  };
}

function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const TOKEN = /^hotaka_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;
const ID_BYTES = 8;
const SECRET_BYTES = 32;
const NOBODY = Buffer.alloc(32);
const TOKENS_MAX = 1000;
/** A write for each use would make every request wait for the disk. */
const USED_PERIOD_MS = 3_600_000;
