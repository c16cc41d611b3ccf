import { HotakaError, type ErrorCode } from "../../kit/index.ts";
import type { OwnDefinitions } from "../vocabulary.ts";

/** The text of a query with its name: turns an offset into line and column, and an error into a sentence that shows them. */
export class SourceText {
  readonly name: string;
  readonly text: string;
  /** What may be called in it beside the functions of the language. */
  readonly own: OwnDefinitions;

  constructor(name: string, text: string, own: OwnDefinitions = { functions: [], aggregates: [] }) {
    this.name = name;
    this.text = text;
    this.own = own;
  }

  /** Line and column of an offset, both from 1; columns count UTF-16 units. */
  position(offset: number): { line: number; column: number } {
    const before = this.text.slice(0, offset);
    const line = before.split("\n").length;
    return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
  }

  /** `query "name", line 1, column 31: sentence`, to be thrown. */
  error(code: ErrorCode, offset: number, sentence: string, details: HotakaError["details"] = {}): HotakaError {
    const { line, column } = this.position(offset);
    return new HotakaError(code, `query "${this.name}", line ${line}, column ${column}: ${sentence}`, {
      details: { ...details, line, column, offset },
    });
  }
}

/** Texts longer than this are refused: nobody writes such a query, and parsing is the one thing that costs before any budget holds. */
export const QUERY_LENGTH_MAX = 65_536;

/** Parentheses, calls, subqueries within each other. */
export const QUERY_DEPTH_MAX = 100;
