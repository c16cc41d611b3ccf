import type { ErrorCode } from "./error_codes.ts";

/**
 * An expected failure: the peer is gone, a line is bad, a setting is wrong. Somebody up the stack handles it.
 * `message` is a sentence for a person: what failed, where, what was found, what was wanted, the next step.
 * `code` is for machines and never changes once released. Secrets and whole event bodies never enter either.
 */
export class HotakaError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, ErrorDetail>>;

  constructor(code: ErrorCode, message: string, options: HotakaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "HotakaError";
    this.code = code;
    this.details = options.details ?? {};
  }
}

type ErrorDetail = string | number | boolean | readonly string[];

export interface HotakaErrorOptions {
  readonly details?: Readonly<Record<string, ErrorDetail>>;
  readonly cause?: unknown;
}

/** A broken invariant: a defect of ours, not of the input. The caller that owns a query or a source suspends it and reports. */
export class AssertionError extends Error {
  constructor(message: string) {
    super(`This should not have happened: ${message}. Please report it with the lines above.`);
    this.name = "AssertionError";
  }
}

/** Throws an `AssertionError` unless `condition` holds. `message` says which promise was broken. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** The sentence of anything thrown, without its stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The errno name (`ENOENT`, `EACCES`, ...) of a failed system call, or undefined. */
export function errnoOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
