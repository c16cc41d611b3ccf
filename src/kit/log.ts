/** Where a room says what it did: a sentence for a person, and fields for machines. Never a secret, never a whole event. */
export interface Log {
  debug(sentence: string, fields?: LogFields): void;
  info(sentence: string, fields?: LogFields): void;
  warn(sentence: string, fields?: LogFields): void;
  error(sentence: string, fields?: LogFields): void;
}

/** From the least important to the most. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** A log that can be told what is too unimportant to be written. */
export interface LevelledLog extends Log {
  level: LogLevel;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Says nothing: for tests and for commands whose output is data. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
