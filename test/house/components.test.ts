import { posix } from "node:path";
import { expect, test } from "vitest";
import { importsOf, isTest, type ProjectFile, sourceFiles, withoutComments } from "./files.ts";

const KINDS = ["sources", "filters", "formats", "actions", "enforcers"];

const files = sourceFiles();
const paths = new Set(files.map(({ path }) => path));

test("a component is a folder whose file of the same name declares it, and one line in the list of its kind", () => {
  const faults = KINDS.flatMap((kind) => {
    const list = listOf(kind);
    const names = foldersOf(kind);
    if (list === undefined) return names.length === 0 ? [] : [`src/${kind}/list.ts is missing.`];
    const listed = importsOf(list).flatMap(({ path }) => (path === undefined || !/\/.+\//.test(path.slice(4)) ? [] : [path]));
    return [
      ...names.filter((name) => !paths.has(`src/${kind}/${name}/${name}.ts`)).map((name) => `src/${kind}/${name}/${name}.ts is missing.`),
      ...names.filter((name) => !listed.includes(`src/${kind}/${name}/${name}.ts`)).map((name) => `${list.path} does not list ${name}.`),
    ];
  });
  expect(faults).toEqual([]);
});

test("every file of a component, and every file of kit, is tested beside it, unless it holds nothing that runs", () => {
  const tested = new Set(files.filter(({ path }) => isTest(path)).flatMap((file) => [testedBy(file.path), ...neighboursOf(file)]));
  const wanted = files.filter((file) => ["kit", ...KINDS].some((room) => file.path.startsWith(`src/${room}/`)) && runs(file));
  const missing = wanted.filter(({ path }) => !tested.has(path));
  expect(missing.map(({ path }) => `${path} has no test: ${posix.basename(path, ".ts")}.test.ts is wanted beside it.`)).toEqual([]);
});

test("a component imports zod for its types alone: loading it costs more than reading 300,000 lines", () => {
  const rooms = [...KINDS, "component"];
  const loading = files.filter(
    ({ path, text }) =>
      rooms.some((room) => path.startsWith(`src/${room}/`)) &&
      !isTest(path) &&
      /^import (?!type\b).*"zod"|import\("zod"\)/m.test(withoutComments(text)),
  );
  expect(loading.map(({ path }) => `${path} loads zod; the schema is made with the zod that is handed in: config: (z) => ...`)).toEqual([]);
});

/** Where many would be loaded for one, the list stands apart from the door. */
function listOf(kind: string): ProjectFile | undefined {
  const apart = files.find(({ path }) => path === `src/${kind}/list.ts`);
  return apart ?? files.find(({ path }) => path === `src/${kind}/index.ts`);
}

function foldersOf(kind: string): string[] {
  const folders = files.flatMap(({ path }) => {
    const [, room, folder, file] = path.split("/");
    return room === kind && folder !== undefined && file !== undefined ? [folder] : [];
  });
  return [...new Set(folders)];
}

function runs({ path, text }: ProjectFile): boolean {
  return !isTest(path) && !path.endsWith("/index.ts") && /^(?:export )?(?:abstract |async )?(?:function|class)\b/m.test(text);
}

/** `x.test.ts` and `x.prop.test.ts` test `x.ts`. */
function testedBy(path: string): string {
  return path.replace(/(?:\.prop)?\.test\.ts$/, ".ts");
}

/** The files of its own folder that a test imports. */
function neighboursOf(file: ProjectFile): string[] {
  return importsOf(file).flatMap(({ path }) => (path !== undefined && posix.dirname(path) === posix.dirname(file.path) ? [path] : []));
}
