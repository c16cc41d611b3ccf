export type * from "./ast.ts";
export { tokensOf } from "./lexer.ts";
export { expectedBehind, parseQuery } from "./select_parser.ts";
export { SourceText } from "./source.ts";
