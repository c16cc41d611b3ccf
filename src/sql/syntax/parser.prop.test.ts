import fc from "fast-check";
import { expect, test } from "vitest";
import { HotakaError } from "../../kit/index.ts";
import { parseQuery, SourceText } from "./index.ts";

const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 2000);

/** Words and marks of the language, so that a soup of them gets further than the first token. */
const WORDS = (
  "select from where group by having order limit offset output every first last snapshot events sec min as and or not in between like regexp is null " +
  "case when then else end distinct count sum window prev prior pattern until timer within interval at every-distinct @consume access a b x => -> " +
  "( ) [ ] { } , . : ; * / % + - = != < > <= >= || & | ^ ? 'text' \"text\" `name` 1 1.5 2L 0x1F win:time std:unique rollup cube grouping sets insert into " +
  "match_recognize /* */ -- //"
).split(" ");

const soup = fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }).map((words) => `select ${words.join(" ")}`);
const fromPattern = fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }).map((words) => `select a.b from pattern [${words.join(" ")}]`);
const nested = fc
  .tuple(fc.constantFrom("(", "not ", "-", "{", "f(", "case when ", "a in (", "(select ", "every "), fc.integer({ min: 1, max: 2000 }))
  .map(([opening, depth]) => `select ${opening.repeat(depth)}`);

test("any text is read or refused with a sentence and its place, and nothing else happens", () => {
  fc.assert(
    fc.property(fc.oneof(soup, fromPattern, nested, fc.string(), fc.string({ unit: "binary" })), (text) => {
      const refused = refusalOf(text);
      expect(refused === undefined || (refused instanceof HotakaError && PLACED.test(refused.message))).toBe(true);
    }),
    { numRuns: RUNS },
  );
});

function refusalOf(text: string): unknown {
  try {
    parseQuery(new SourceText("q", text));
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

const PLACED = /query "q", line \d+, column \d+: /;
