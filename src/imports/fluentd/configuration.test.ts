import { expect, test } from "vitest";
import { readConfiguration } from "./configuration.ts";
import type { Section } from "./section.ts";

function read(files: Readonly<Record<string, string>>): Section {
  return readConfiguration("/etc/a.conf", {
    read: (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
      return text;
    },
    list: (folder) => Object.keys(files).flatMap((path) => (path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [])),
  });
}

/** A section as one would draw it. */
function drawn({ name, argument, line, parameters, sections }: Section): unknown {
  return [name, argument, line, parameters.map(({ key, text, line: at }) => `${at} ${key}=${text}`), sections.map(drawn)];
}

test("sections stand within each other, with their settings and the lines they stand on", () => {
  const text = `# a comment
<source>
  @type tail # another
  path /var/log/a.log,\t/var/log/b.log
</source>
<match {a,b}.**>\r
  <store>
    text "over
lines"
    after 1
  </store>
</match>`;
  expect(drawn(read({ "/etc/a.conf": text }))).toEqual([
    "configuration",
    "",
    1,
    [],
    [
      ["source", "", 2, ["3 @type=tail", "4 path=/var/log/a.log,\t/var/log/b.log"], []],
      ["match", "{a,b}.**", 6, [], [["store", "", 7, ["8 text=over\nlines", "10 after=1"], []]]],
    ],
  ]);
});

test("other files are included where they are named, those of a pattern in order of name, and what is on the net stays a setting", () => {
  const root = read({
    "/etc/a.conf":
      '@include conf.d/*.conf\n<match **>\n  include *\n  @include more.conf\n</match>\n@include https://example.com/x\n@include "#{x}"',
    "/etc/conf.d/2.conf": "<source>\n  two 2\n</source>",
    "/etc/conf.d/1.conf": "<source>\n  one 1\n</source>",
    "/etc/conf.d/no.txt": "<no>",
    "/etc/more.conf": "type null",
  });
  expect(root.sections.map(({ name, parameters }) => [name, ...parameters.map(({ key, file }) => [key, file])])).toEqual([
    ["source", ["one", "/etc/conf.d/1.conf"]],
    ["source", ["two", "/etc/conf.d/2.conf"]],
    ["match", ["include", "/etc/a.conf"], ["type", "/etc/more.conf"]],
  ]);
  expect(root.parameters.map(({ text }) => text)).toEqual(["https://example.com/x", "#{x}"]);
});

test.each([
  ["<match **>\n", "/etc/a.conf:1  <match> is not closed"],
  ["<a>\n</b>", "/etc/a.conf:2  </b> was found; </a> was wanted, for that of line 1"],
  ["</a>", "/etc/a.conf:1  </a> was found, and no section is open"],
  ["<match", "/etc/a.conf:1  <match was found"],
  ["x 1\n@include a.conf", "it includes itself"],
  ["@include none.conf", "/etc/none.conf could not be read: there is no such file"],
  ["<a>\n".repeat(40), "sections are more than 32 deep"],
  ["x".repeat(4_000_001), "it is longer than"],
])("%j is refused in so many words", (text, sentence) => {
  expect(() => read({ "/etc/a.conf": text })).toThrow(sentence);
});
