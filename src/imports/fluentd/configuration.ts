import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { errnoOf, HotakaError, messageOf } from "../../kit/index.ts";
import { endOfLine, readLiteral } from "./literal.ts";
import { Section } from "./section.ts";

/** Files that a configuration is made of. */
export interface ConfigurationFiles {
  /** The text of a file. Throws what the system throws. */
  read(path: string): string;
  /** The names in a folder. */
  list(folder: string): readonly string[];
}

/**
 * Reads a configuration of Fluentd, of version 1 or 0.12, with what it includes: a section that holds all others. `@include` that cannot be
 * followed, as of an address, stays as a setting. Throws HOTAKA_IMPORT_INVALID with the file and the line.
 *
 *     configuration = *( section / setting / include / comment )
 *     section       = "<" name [ argument ] ">" configuration "</" name ">"
 *     setting       = key [ value ]
 */
export function readConfiguration(path: string, files: ConfigurationFiles = DISK): Section {
  const root = new Section(ROOT, "", { file: path, line: 1 });
  new Reader(files).file(path, root);
  return root;
}

class Reader {
  readonly #files: ConfigurationFiles;
  readonly #open: string[] = [];
  #read = 0;

  constructor(files: ConfigurationFiles) {
    this.#files = files;
  }

  file(path: string, into: Section): void {
    if (this.#open.includes(resolve(path))) throw invalid(path, 1, `it includes itself, by way of ${this.#open.length} files`);
    if (++this.#read > FILES_MAX) throw invalid(path, 1, `more than ${FILES_MAX} files are included`);
    const text = this.#textOf(path);
    this.#open.push(resolve(path));
    this.#sections(text, path, into);
    this.#open.pop();
  }

  #textOf(path: string): string {
    let text: string;
    try {
      text = this.#files.read(path);
    } catch (thrown) {
      const reason = errnoOf(thrown) === "ENOENT" ? "there is no such file" : messageOf(thrown);
      throw new HotakaError("HOTAKA_IMPORT_INVALID", `${path} could not be read: ${reason}.`, { cause: thrown });
    }
    if (text.length > FILE_CHARS_MAX) throw invalid(path, 1, `it is longer than ${FILE_CHARS_MAX} characters`);
    return text.replaceAll("\r\n", "\n");
  }

  #sections(text: string, file: string, into: Section): void {
    const open = [into];
    let line = 1;
    for (let at = 0; at < text.length;) {
      const place = { file, line };
      const end = endOfLine(text, at);
      const content = text.slice(at, end).trim();
      let next = end;
      if (content.startsWith("</")) closeSection(content, open, place);
      else if (content.startsWith("<")) openSection(content, open, place);
      else if (content !== "" && !content.startsWith("#")) next = this.#setting(text, at, open.at(-1)!, place);
      line += text.slice(at, next + 1).split("\n").length - 1;
      at = next + 1;
    }
    const [, left] = open;
    if (left !== undefined) throw invalid(file, left.line, `<${left.name}> is not closed; </${left.name}> was wanted`);
  }

  #setting(text: string, start: number, into: Section, { file, line }: { file: string; line: number }): number {
    const [written, key = ""] = /^[ \t]*([^\s]+)[ \t]*/.exec(text.slice(start, endOfLine(text, start))) ?? ["", ""];
    const value = readLiteral(text, start + written.length);
    // Before version 1 it was written without the @; within a section `include` is a setting.
    const isInclude = key === "@include" || (key === "include" && into.name === ROOT);
    if (isInclude && !/^https?:/.test(value.text) && !value.hasRuby) {
      for (const path of this.#included(value.text, file)) this.file(path, into);
      return value.end;
    }
    into.parameters.push({ key, text: value.text, hasRuby: value.hasRuby, file, line });
    return value.end;
  }

  /** The files that a path stands for: a `*` in its last part for any. */
  #included(path: string, from: string): string[] {
    const plain = path.replace(/^file:\/\//, "");
    // Relative as long as the first is: these paths are told to people.
    const whole = isAbsolute(plain) ? plain : join(dirname(from), plain);
    if (!/[*?]/.test(whole)) return [whole];
    const source = basename(whole)
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    const names = this.#files.list(dirname(whole)).filter((name) => new RegExp(`^${source}$`).test(name));
    return names.toSorted().map((name) => join(dirname(whole), name));
  }
}

function openSection(content: string, open: Section[], place: { file: string; line: number }): void {
  const [, name, argument = ""] = /^<([\w@.-]+)(?:[ \t]+([^>]*?))?[ \t]*>[ \t]*(?:#.*)?$/.exec(content) ?? [];
  if (name === undefined) throw invalid(place.file, place.line, `${content.slice(0, 80)} was found; <match pattern> was wanted`);
  const section = new Section(name, argument.replace(/^(["'])(.*)\1$/, "$2"), place);
  open.at(-1)!.sections.push(section);
  if (open.length >= DEPTH_MAX) throw invalid(place.file, place.line, `sections are more than ${DEPTH_MAX} deep`);
  open.push(section);
}

function closeSection(content: string, open: Section[], { file, line }: { file: string; line: number }): void {
  const name = /^<\/([\w@.-]+)>/.exec(content)?.[1];
  const last = open.at(-1)!;
  if (open.length < 2) throw invalid(file, line, `${content.slice(0, 80)} was found, and no section is open`);
  if (name !== last.name)
    throw invalid(file, line, `${content.slice(0, 80)} was found; </${last.name}> was wanted, for that of line ${last.line}`);
  open.pop();
}

function invalid(file: string, line: number, wrong: string): HotakaError {
  return new HotakaError("HOTAKA_IMPORT_INVALID", `${file}:${line}  ${wrong}.`, { details: { file, line } });
}

const DISK: ConfigurationFiles = { read: (path) => readFileSync(path, "utf8"), list: (folder) => readdirSync(folder) };
const ROOT = "configuration";
const FILES_MAX = 1000;
const FILE_CHARS_MAX = 4_000_000;
const DEPTH_MAX = 32;
