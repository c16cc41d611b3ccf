export type * from "./ast.ts";
export { parseQuery } from "./select_parser.ts";
export { SourceText } from "./source.ts";
