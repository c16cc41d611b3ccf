import fc from "fast-check";
import { expect, test } from "vitest";
import { LineIndex } from "./line_index.ts";
import { LINE_ROWS_MAX, lineMemoryAlone, newLineMemory, STRETCH_AT, STRETCH_BYTES } from "./line_kernel.ts";

const LINE = '192.0.2.7 - - [06/May/2024:12:00:00 +0000] "GET /a?b=c HTTP/1.1" 200 512 "https://example.com/" "Mozilla/5.0 (X11)"';

/** Lines of which most parts are as usual, and the others as they might be or as a stranger would have them. */
function anyLines(): fc.Arbitrary<string> {
  const odd = fc.oneof(
    fc.constantFrom("", "-", "a", "x y", "\\", '\\"', '\\\\"', '"', "日本", "- [", "- - [x", " ", "\r", "z".repeat(40), "\\".repeat(3)),
    fc.string({ maxLength: 20 }),
  );
  const part = (usual: readonly string[], other: fc.Arbitrary<string> = odd): fc.Arbitrary<string> =>
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: other }, { weight: 1, arbitrary: odd });
  const two = (...usual: readonly string[]): fc.Arbitrary<string> =>
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...usual) }, fc.constantFrom("00", "23", "24", "59", "60", "61", "1:", "/0", " 1"));
  const time = fc
    .tuple(
      part(["06/May/2024", "06/May/2024", "07/May/2024"], fc.constant("31/Feb/2024")),
      two("12", "23"),
      two("00", "07"),
      two("00", "01", "58"),
    )
    .chain(([day, hour, minute, second]) =>
      part(["+0000", "+0000", "+0000", "+0530"], fc.constant("+9999")).map((zone) => `${day}:${hour}:${minute}:${second} ${zone}`),
    );
  const line = fc
    .tuple(
      part(["192.0.2.7", "2001:db8:85a3:1234:5678:8a2e:370:7334", "::1"]),
      part(["- -", "- frank"], fc.constantFrom('- ""', "- a b", "id x", "id -", "- -x", "- - [")),
      part(["06/May/2024:12:00:00 +0000"], time),
      part(["GET / HTTP/1.1", "POST /a?b=c HTTP/1.1", ""]),
      part(["200", "404", "000"], fc.constantFrom("-", "20", "2000", "2a0", "200 ", "\u00b200", "/00", ":00")),
      part(
        ["0", "7", "-", "512", "123456", "99999999"],
        fc.constantFrom("", "123456789", "9".repeat(15), "1".repeat(16), "1-", "5:", "/5", ":1234567", "1234567/", "+5", "0005"),
      ),
      part(["-", "https://example.com/", ""]),
      part(["-", "Mozilla/5.0 (X11)", ""]),
      part(["\n", "\r\n"], fc.constantFrom(" \n", "\r\r\n", ' "0.1"\n', "")),
    )
    .chain(([host, user, when, request, code, size, referer, agent, end]) => {
      const common = `${host} ${user} [${when}] "${request}" ${code} ${size}`;
      return part(
        [`${common} "${referer}" "${agent}"${end}`, `${common}${end}`],
        fc.constantFrom(
          `${common} "${referer}"${end}`,
          `${common} "${referer}" "${agent}${end}`,
          `${common} -${referer}" "${agent}"${end}`,
        ),
      );
    });
  return fc.array(line, { maxLength: 30 }).map((lines) => `${LINE}\n${lines.join("")}\n`);
}

/** The rows and refusals of all lines, with some bytes changed, so many rows at a time. */
function readAll(index: LineIndex, bytes: Buffer, start: number): unknown[] {
  const found: unknown[] = [];
  const text = (starts: Int32Array, ends: Int32Array, row: number): string | null => {
    const part = ends[row] === 0 ? "-" : bytes.toString("latin1", starts[row], ends[row]);
    return part === "-" ? null : part;
  };
  for (let at = start; at < bytes.length;) {
    const refusals: unknown[] = [];
    at = index.read(bytes, at, bytes.length, (reason, from, to) => refusals.push([reason, from, to]));
    for (let row = 0; row < index.size; row++)
      found.push([
        [index.timesMs[row], index.codes[row], index.sizes[row], text(index.hostStarts, index.hostEnds, row)],
        [text(index.userStarts, index.userEnds, row), text(index.requestStarts, index.requestEnds, row)],
        [text(index.refererStarts, index.refererEnds, row), text(index.agentStarts, index.agentEnds, row)],
      ]);
    found.push({ at, refusals });
  }
  return found;
}

test("lines are read the same by the kernel and without it, be they good, bad or broken, however many at a time", () => {
  const changes = fc.array(
    fc.tuple(fc.nat(), fc.constantFrom("\0", "\n", "\r", " ", '"', "-", "[", "]", "\\", "0", "9", ":", "/", "+", "\u00ff")),
    { maxLength: 2 },
  );
  fc.assert(
    fc.property(anyLines(), changes, fc.constantFrom(1, 2, 7, LINE_ROWS_MAX), fc.nat(40), (text, changed, rows, start) => {
      const bytes = Buffer.from("x".repeat(start) + text);
      for (const [at, byte] of changed) bytes.write(byte, start + (at % (bytes.length - start)), "latin1");
      bytes[bytes.length - 1] = 0x0a;
      const alone = readAll(new LineIndex(rows, lineMemoryAlone()), bytes, start);
      expect(readAll(new LineIndex(rows), bytes, start)).toEqual(alone);
    }),
    { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 3000) },
  );
});

test("lines around the end of a stretch are read the same by the kernel and without it", () => {
  for (let before = STRETCH_BYTES - 2 * LINE.length - 20; before < STRETCH_BYTES + 20; before += 7) {
    const text = `${LINE.replace("X11", "y".repeat(before - LINE.length))}\n${LINE}\r\n${LINE}\n`;
    const bytes = Buffer.from(text);
    expect(readAll(new LineIndex(9), bytes, 0)).toEqual(readAll(new LineIndex(9, lineMemoryAlone()), bytes, 0));
  }
});

test.each([
  LINE,
  LINE.replace("- - [", "- frank van dyk ["),
  LINE.replace("192.0.2.7", "2001:db8:85a3:1234:5678:8a2e:370:7334"),
  LINE.replace("12:00:00", "23:59:58"),
  LINE.replace(" 200 512 ", " 404 - "),
  LINE.replace(/ "https.*/, ""),
  `${LINE}\r`,
])("%j is read by the kernel once a time of its day is known", (line) => {
  const { buffer, kernel } = newLineMemory();
  if (kernel === undefined) return;
  const index = new LineIndex(9, { buffer, kernel });
  index.read(Buffer.from(`${LINE}\n`), 0, LINE.length + 1, () => {});
  const bytes = Buffer.from(`${line}\n${line}\n`);
  Buffer.from(buffer).set(bytes, STRETCH_AT);
  const marks = kernel.mark(bytes.length, 0);
  expect(kernel.read(0, 0, marks, 0, 9, STRETCH_AT)).toBe(bytes.length);
});
