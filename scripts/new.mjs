// `npm run new KIND NAME`: makes a component, or a function of the language, as far as it can be made without knowing what it does: a
// declaration, an example, a test that is red and says what to do next, and its line in the list.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { templates } from "./new_templates.mjs";

const RESERVED =
  /^(?:await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|import|in|instanceof|let|new|null|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield)$/;

const problem = create(process.argv.slice(2));
if (problem !== undefined) {
  console.error(`npm run new: ${problem}`);
  process.exitCode = 1;
}

/** @param {string[]} words What stands behind `npm run new`. Returns what is wrong with them. */
function create([kind = "", name = "", ...more]) {
  const template = templates.find((candidate) => candidate.kind === kind);
  if (template === undefined)
    return `"${kind}" is not a kind. It is written: npm run new ${templates.map((known) => known.kind).join("|")} NAME`;
  if (more.length > 0) return `"${more.join(" ")}" is too much: a kind and a name are wanted.`;
  if (!/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(name))
    return `"${name}" is not a name: a noun in snake_case is wanted, such as aws_network_acl.`;
  const file = template.file(name);
  if (existsSync(file)) return `${file} is there already.`;
  const list = existsSync(template.list.file) ? readFileSync(template.list.file, "utf8") : "";
  const identifier = identifierOf(name, kind, list);
  const changed = withEntry(list, template.list, identifier, file);
  if (changed === undefined) return `${template.list.file} has no "export const ${template.list.name} = [...]" to add ${name} to.`;

  const test = file.replace(/\.ts$/, ".test.ts");
  write(file, template.declaration(name, identifier));
  write(test, template.test(name, identifier));
  write(template.list.file, changed);
  spawnSync("oxfmt", [file, test, template.list.file], { stdio: "inherit" });
  console.log(`${file} is made and stands in ${template.list.file}. Next: npx vitest run ${dirname(file)}`);
  return undefined;
}

/**
 * The name in camelCase, with the kind behind it where the name alone means something else already.
 * @param {string} name
 * @param {string} kind
 * @param {string} list
 */
function identifierOf(name, kind, list) {
  const identifier = name.replaceAll(/_./g, (found) => found.slice(1).toUpperCase());
  const names = [...list.matchAll(/^import (?:type )?\{([^}]*)\}|^export const (\w+)/gm)].flatMap(([, imported, exported]) =>
    imported === undefined ? [exported] : imported.split(",").map((item) => item.trim().split(" ").at(-1)),
  );
  const isTaken = RESERVED.test(identifier) || names.includes(identifier);
  return isTaken ? `${identifier}${kind[0]?.toUpperCase()}${kind.slice(1)}` : identifier;
}

/**
 * The text of a list with one more entry, in order of name, and its import.
 * @param {string} text
 * @param {{ file: string, name: string }} list
 * @param {string} identifier
 * @param {string} file
 */
function withEntry(text, list, identifier, file) {
  const entries = new RegExp(String.raw`(export const ${list.name}\b[^=]*= \[)([^\]]*)\]`).exec(text);
  if (entries === null) return undefined;
  const [whole, before = "", names = ""] = entries;
  const sorted = [...names.split(",").map((name) => name.trim()), identifier].filter((name) => name !== "").toSorted();
  const from = `./${posix.relative(dirname(list.file), file)}`;
  const lines = text.replace(whole, `${before}${sorted.join(", ")}]`).split("\n");
  const imports = lines.map((line) => /^import .* from "([^"]+)";$/.exec(line)?.[1]);
  const follower = imports.findIndex((other) => other !== undefined && other.startsWith("./") && other > from);
  const place = follower === -1 ? imports.findLastIndex((other) => other !== undefined) + 1 : follower;
  return lines.toSpliced(place, 0, `import { ${identifier} } from "${from}";`).join("\n");
}

/**
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
