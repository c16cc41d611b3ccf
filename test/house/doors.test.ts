import { posix } from "node:path";
import { expect, test } from "vitest";
import { type ProjectFile, sourceFiles } from "./files.ts";

test("what a room puts out at its door, its index.ts, says what it is in a docstring", () => {
  const files = new Map(sourceFiles().map((file) => [file.path, file]));
  const doors = [...files.values()].filter(({ path }) => /^src\/[^/]+\/index\.ts$/.test(path));
  expect(doors.flatMap((door) => undocumented(door, files))).toEqual([]);
});

test.each([
  ["export function now(): void {}", ["now"]],
  ["/** Says so. */\nexport function now(): void {}", []],
  ["/**\n * Says so.\n */\nexport async function now(): Promise<void> {}", []],
  ["// Not a docstring.\nexport class now {}", ["now"]],
  ["/** Of another. */\nconst other = 1;\nexport const now = 1;", ["now"]],
  ["export interface now {}", ["now"]],
])("%j leaves %j without a docstring", (text, names) => {
  const door: ProjectFile = { path: "src/kit/index.ts", text: 'export { now } from "./now.ts";' };
  const found = undocumented(door, new Map([["src/kit/now.ts", { path: "src/kit/now.ts", text }]]));
  expect(found).toEqual(names.map((name) => `src/kit/now.ts: ${name} goes out at src/kit/index.ts and has no docstring.`));
});

function undocumented(door: ProjectFile, files: ReadonlyMap<string, ProjectFile>): string[] {
  return [...door.text.matchAll(EXPORT)].flatMap(([, names = "", from = ""]) => {
    const file = files.get(posix.join(posix.dirname(door.path), from));
    if (file === undefined) return [`${door.path} exports from ${from}, which is not there.`];
    return names
      .split(",")
      .map((name) => name.replace(/^\s*type\s/, "").trim())
      .map((name) => name.replace(/\s+as\s.*/, ""))
      .filter((name) => name !== "" && !hasDocstring(file.text, name))
      .map((name) => `${file.path}: ${name} goes out at ${door.path} and has no docstring.`);
  });
}

/**
 * A type alias, and the options of a function that says itself what they are for, may stand without. True also where `name` is declared
 * in another file: that one is asked when it goes out at its own door.
 */
function hasDocstring(text: string, name: string): boolean {
  if (name.endsWith("Options")) return true;
  const declaration = new RegExp(String.raw`^export (?:abstract |async )?(?:class|const|function\*?|interface) ${name}\b`, "m").exec(text);
  return declaration === null || /\*\/\s*$/.test(text.slice(0, declaration.index));
}

const EXPORT = /^export (?:type )?\{([^}]*)\} from "([^"]+)"/gm;
