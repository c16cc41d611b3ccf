import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type NameService, nameService } from "./name_service.ts";

let server: Socket;
let service: NameService;

/** What a server of ours knows: `type name` to records, each with its time to live in seconds. */
const ZONE = new Map<string, readonly (readonly [ttl: number, data: Buffer])[]>([
  [
    "1 office.example.com",
    [
      [300, Buffer.from([203, 0, 113, 7])],
      [60, Buffer.from([203, 0, 113, 8])],
    ],
  ],
  ["28 office.example.com", [[120, Buffer.from("20010db8000000000000000000000007", "hex")]]],
  ["1 four.example.com", [[90, Buffer.from([203, 0, 113, 9])]]],
  ["12 1.66.249.66.in-addr.arpa", [[60, encoded("crawl-66-249-66-1.googlebot.com")]]],
]);

beforeEach(async () => {
  server = createSocket("udp4");
  server.on("message", (question, { port, address }) => server.send(answerTo(question), port, address));
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  service = nameService([`127.0.0.1:${server.address().port}`]);
});
afterEach(() => {
  server.close();
});

test("a name has addresses of both families, and the shortest of their times to live", async () => {
  const { addresses, ttlMs } = await service.resolve("office.example.com");
  expect(addresses.toSorted()).toEqual(["2001:db8::7", "203.0.113.7", "203.0.113.8"]);
  expect(ttlMs).toBe(60_000);
});

test("a name may have addresses of one family alone", async () => {
  expect(await service.resolve("four.example.com")).toEqual({ addresses: ["203.0.113.9"], ttlMs: 90_000 });
});

test("a name that the server does not know is looked up in the hosts file, and is an error when it is not there", async () => {
  expect((await service.resolve("localhost")).addresses).toContain("127.0.0.1");
  await expect(service.resolve("nobody.invalid")).rejects.toThrow(/ENOTFOUND/);
});

test("an address has its names, or none", async () => {
  expect(await service.reverse("66.249.66.1")).toEqual(["crawl-66-249-66-1.googlebot.com"]);
  expect(await service.reverse("203.0.113.7")).toEqual([]);
});

/** A header, the question as it came, and the records: each refers to the name at byte 12. @see RFC 1035, section 4 */
function answerTo(question: Buffer): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (; question[at]! > 0; at += question[at]! + 1) labels.push(question.toString("latin1", at + 1, at + 1 + question[at]!));
  const asked = question.subarray(12, at + 5);
  const type = question.readUInt16BE(at + 1);
  const name = labels.join(".").toLowerCase();
  const records = ZONE.get(`${type} ${name}`) ?? [];
  const isKnown = [...ZONE.keys()].some((key) => key.endsWith(` ${name}`));
  const header = Buffer.alloc(12);
  question.copy(header, 0, 0, 2);
  header.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  const answers = records.map(([ttl, data]) => {
    const fixed = Buffer.alloc(12);
    fixed.writeUInt16BE(0xc00c, 0);
    fixed.writeUInt16BE(type, 2);
    fixed.writeUInt16BE(1, 4);
    fixed.writeUInt32BE(ttl, 6);
    fixed.writeUInt16BE(data.length, 10);
    return Buffer.concat([fixed, data]);
  });
  return Buffer.concat([header, asked, ...answers]);
}

/** A name as labels, each behind its length. */
function encoded(name: string): Buffer {
  return Buffer.concat([...name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])]);
}
