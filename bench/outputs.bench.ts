// How many rows a second leave the outbox for a file, a webhook and a server of the Forward protocol, in batches and one by one?

import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { file } from "../src/actions/file/file.ts";
import { forward } from "../src/actions/forward/forward.ts";
import { webhook } from "../src/actions/webhook/webhook.ts";
import type { Action, ActionContext } from "../src/component/index.ts";
import {
  compileMatch,
  Counters,
  msgpackOf,
  MsgpackReader,
  openDatabase,
  silentLog,
  skipMsgpack,
  Steps,
  wallClock,
} from "../src/kit/index.ts";
import { openOutbox, OUTBOX_MIGRATIONS } from "../src/outbox/index.ts";
import type { Bench, Figure } from "./figure.ts";

export const outputs: Bench = {
  name: "outputs",
  async run(note, wants) {
    const figures: Figure[] = [];
    note("rows are put before the clock runs; peers answer over loopback, in the same process.");
    for (const { name, open } of OUTPUTS) {
      if (!wants(`outputs/${name}`)) continue;
      const folder = mkdtempSync(join(tmpdir(), "hotaka-bench-"));
      try {
        const alone = await rate(open, folder, true);
        const together = await rate(open, folder, false);
        figures.push({ name: `outputs/${name}/one_by_one`, value: alone, unit: "rows/s" });
        figures.push({ name: `outputs/${name}/batches`, value: together, unit: "rows/s", peer: "one by one", ratio: together / alone });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
    return figures;
  },
};

interface Output {
  readonly action: Action;
  close(): Promise<void>;
}

type Open = (folder: string, isAlone: boolean) => Promise<Output>;

const OUTPUTS: readonly { readonly name: string; readonly open: Open }[] = [
  { name: "file", open: openFile },
  { name: "webhook", open: openWebhook },
  { name: "forward", open: async (folder, isAlone) => openForward(folder, isAlone, false) },
  { name: "forward_to_disk", open: async (folder, isAlone) => openForward(folder, isAlone, true) },
];

async function rate(open: Open, folder: string, isAlone: boolean): Promise<number> {
  const rows = isAlone ? ROWS_ALONE : ROWS_TOGETHER;
  const dir = mkdtempSync(join(folder, "outbox-"));
  const database = await openDatabase({ path: join(dir, "outbox.db"), migrations: OUTBOX_MIGRATIONS });
  const steps = new Steps(wallClock);
  const output = await open(dir, isAlone);
  const outbox = openOutbox({ database, clock: wallClock, steps, log: silentLog, counters: new Counters(), dir });
  outbox.route({ action: "x", match: compileMatch("**"), performer: output.action });
  outbox.put(Array.from({ length: rows }, (_, index) => rowOf(index)));
  const startMs = performance.now();
  await outbox.idle();
  const seconds = (performance.now() - startMs) / 1000;
  if (outbox.waiting > 0) throw new Error(`${outbox.waiting} rows were not taken.`);
  await steps.stop();
  await outbox.close();
  await output.close();
  database.close();
  return rows / seconds;
}

function rowOf(index: number) {
  const row = { host: `203.0.${index >> 8}.${index & 255}`, requests: index, path: "/login", first: "2026-11-21T10:00:00.000Z" };
  return { key: `block.flood 1763632800000 ${index}`, query: "block.flood", timeMs: 1_763_632_800_000, row };
}

async function openFile(folder: string, isAlone: boolean): Promise<Output> {
  const action = await file.open(file.config(z).parse({ path: "rows.log", ...batch(isAlone) }), contextOf(folder));
  return { action, close: async () => action.close() };
}

async function openWebhook(folder: string, isAlone: boolean): Promise<Output> {
  const server = createHttpServer((request, response) => {
    request.resume();
    request.once("end", () => response.writeHead(204).end());
  });
  const port = await listening(server);
  const settings = { url: `http://127.0.0.1:${port}/`, body: "row", secret: "plain", ...(isAlone ? {} : batch(false)) };
  const action = await webhook.open(webhook.config(z).parse(settings), {
    ...contextOf(folder),
    notices: { open: nobody, acknowledge: nobody },
  });
  return { action, close: async () => closed(action, server) };
}

/** A server that acknowledges at once, or when the message is on the disk, as Hotaka and a Fluentd with a file buffer do. */
async function openForward(folder: string, isAlone: boolean, isSynced: boolean): Promise<Output> {
  const disk = openSync(join(folder, "received"), "w");
  const server = createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      for (let end = skipMsgpack(received, 0, received.length); end >= 0; end = skipMsgpack(received, 0, received.length)) {
        const [, , option] = new MsgpackReader(received.subarray(0, end)).value() as [string, unknown, { chunk: string }];
        if (isSynced) {
          writeSync(disk, received, 0, end);
          fdatasyncSync(disk);
        }
        socket.write(msgpackOf({ ack: option.chunk }));
        received = received.subarray(end);
      }
    });
  });
  const port = await listening(server);
  const settings = { servers: [{ address: `127.0.0.1:${port}` }], ...batch(isAlone) };
  const action = await forward.open(forward.config(z).parse(settings), contextOf(folder));
  return {
    action,
    close: async () => {
      await closed(action, server);
      closeSync(disk);
    },
  };
}

function batch(isAlone: boolean): { readonly batch: { readonly rows_max: number } } {
  return { batch: { rows_max: isAlone ? 1 : 1000 } };
}

function contextOf(folder: string): ActionContext {
  const own = { name: "actions[0]", route: "x", family: "x", folder, dryRun: false };
  return { ...own, clock: wallClock, steps: new Steps(wallClock), log: silentLog, counters: new Counters() };
}

/** Rows that are posted need no desk. */
function nobody(): never {
  throw new Error("no notice is sent here");
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function closed(action: Action, server: Server & { closeAllConnections?(): void }): Promise<void> {
  await action.close();
  server.close();
  server.closeAllConnections?.();
}

const ROWS_ALONE = 1000;
const ROWS_TOGETHER = 50_000;
