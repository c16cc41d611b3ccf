// `npm run docs` writes docs/reference from the code; with `--check` it writes nothing and fails when a page is not up to date.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { z } from "zod";
import { COMMANDS } from "../src/cli/commands.ts";
import { ERROR_CODES } from "../src/kit/index.ts";
import { settingsJsonSchema } from "../src/settings/index.ts";
import { aggregates, functions, windows } from "../src/sql/standard.ts";
import { commandPage } from "./manual/command_page.ts";
import { componentPage } from "./manual/component_page.ts";
import { components } from "./manual/components.ts";
import { dialectPage } from "./manual/dialect_page.ts";
import { errorsPage } from "./manual/errors_page.ts";
import { contents, type Page, textOf } from "./manual/page.ts";
import { settingsPages } from "./manual/settings_page.ts";

const FOLDER = "docs/reference";

const pages: readonly Page[] = [
  ...(await Promise.all(COMMANDS.map((command) => commandPage(command, COMMANDS)))),
  ...settingsPages(settingsJsonSchema(components)),
  ...components.sources.map((source) => componentPage("sources", source)),
  ...components.filters.map((filter) => componentPage("filters", filter)),
  ...components.actions.map((action) => componentPage("actions", action)),
  ...components.formats.map((format) => componentPage("formats", format, format.open(format.config(z).parse(format.examples[0])).fields)),
  ...components.enforcers.map((enforcer) => componentPage("enforcers", enforcer)),
  dialectPage(
    { path: "sql/windows.md", title: "Windows", summary: "Which events of a stream a query looks at, and for how long." },
    windows,
  ),
  dialectPage(
    { path: "sql/aggregates.md", title: "Aggregates", summary: "One value out of the events of a window or a group." },
    aggregates,
  ),
  dialectPage({ path: "sql/functions.md", title: "Functions", summary: "One value out of the values of one event." }, functions),
  errorsPage(ERROR_CODES),
];

const wanted = new Map([...pages, contents(pages)].map((page) => [page.path, textOf(page)]));
const present = new Map(filesIn("").map((path) => [path, readFileSync(join(FOLDER, path), "utf8")]));
const stale = [...wanted].filter(([path, text]) => present.get(path) !== text).map(([path]) => path);
const left = [...present.keys()].filter((path) => !wanted.has(path));

if (process.argv.includes("--check")) {
  for (const path of stale) console.log(`${FOLDER}/${path} is not up to date.`);
  for (const path of left) console.log(`${FOLDER}/${path} describes what is no longer there.`);
  process.exitCode = stale.length + left.length === 0 ? 0 : 1;
} else {
  for (const path of stale) write(path, wanted.get(path) ?? "");
  for (const path of left) rmSync(join(FOLDER, path));
  console.log(`${wanted.size} pages, ${stale.length} written, ${left.length} removed.`);
}

function write(path: string, text: string): void {
  const file = join(FOLDER, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function filesIn(folder: string): string[] {
  if (!existsSync(join(FOLDER, folder))) return [];
  return readdirSync(join(FOLDER, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}
