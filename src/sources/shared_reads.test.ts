import { once } from "node:events";
import { type AddressInfo, createServer, type Server, Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Peer, until } from "../../test/suites/peer.ts";
import { readShared } from "./shared_reads.ts";

/** A connection that was accepted, with what came over it: as text, and as the views that nobody should keep. */
interface Accepted {
  readonly socket: Socket;
  readonly isShared: boolean;
  readonly views: Buffer[];
  text: string;
}

let server: Server;
let accepted: Accepted[];
let peers: Peer[];
beforeEach(async () => {
  [accepted, peers] = [[], []];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    const views: Buffer[] = [];
    const isShared = readShared(socket, (bytes) => {
      views.push(bytes);
      own.text += bytes.toString("latin1");
    });
    const own: Accepted = { socket, isShared, views, text: "" };
    accepted.push(own);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  for (const peer of peers) peer.close();
  for (const { socket } of accepted) socket.destroy();
  server.close();
});

async function connection(): Promise<{ readonly peer: Peer; readonly at: Accepted }> {
  const peer = await Peer.connect((server.address() as AddressInfo).port);
  peers.push(peer);
  await until(() => accepted.length === peers.length);
  return { peer, at: accepted.at(-1)! };
}

test("this Node reads an accepted connection into memory that is given to it", async () => {
  const { at } = await connection();
  expect(at.isShared).toBe(true);
});

test("each connection has its own bytes, read into one memory that is written over", async () => {
  const [one, other] = [await connection(), await connection()];
  for (let turn = 0; turn < 3; turn++) {
    one.peer.send(`one ${turn};`);
    await until(() => one.at.text.endsWith(`${turn};`));
    other.peer.send(`other ${turn};`);
    await until(() => other.at.text.endsWith(`${turn};`));
  }
  expect([one.at.text, other.at.text]).toEqual(["one 0;one 1;one 2;", "other 0;other 1;other 2;"]);
  expect(new Set([...one.at.views, ...other.at.views].map(({ buffer }) => buffer)).size).toBe(1);
  expect(one.at.views[0]!.toString()).toBe("other ");
});

test("megabytes come as they were sent, more of them at once than Node reads by itself", async () => {
  const { peer, at } = await connection();
  const sent = Buffer.alloc(8 << 20, "0123456789abcdefghijklmnopqrstuvwxyz");
  peer.send(sent);
  await until(() => at.text.length >= sent.length);
  expect(at.text === sent.toString()).toBe(true);
  expect(Math.max(...at.views.map(({ length }) => length))).toBeGreaterThan(65_536);
});

test("a connection that is paused is read no further, and goes on where it was", async () => {
  const [{ peer, at }, other] = [await connection(), await connection()];
  peer.send("before;");
  await until(() => at.text === "before;");
  at.socket.pause();
  peer.send("behind;");
  other.peer.send("later than that");
  await until(() => other.at.text !== "");
  expect(at.text).toBe("before;");
  at.socket.resume();
  await until(() => at.text === "before;behind;");
});

test("the end of a peer that sends no more is heard of, and it can still be answered", async () => {
  const { peer, at } = await connection();
  const ended = once(at.socket, "end");
  peer.send("all");
  peer.end();
  await ended;
  expect(at.text).toBe("all");
  at.socket.end("thanks");
  await until(() => peer.isClosed);
  expect(peer.received.toString()).toBe("thanks");
});

test("what Node does not offer it to is left as it is", () => {
  const socket = new Socket();
  const before = Object.getOwnPropertySymbols(socket);
  expect(readShared(socket, () => {})).toBe(false);
  expect(Object.getOwnPropertySymbols(socket)).toEqual(before);
});
