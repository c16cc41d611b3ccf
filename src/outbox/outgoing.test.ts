import { expect, test } from "vitest";
import { HotakaError, type Log, silentLog } from "../kit/index.ts";
import { Outgoing } from "./outgoing.ts";
import type { OutboxRow } from "./outbox_row.ts";

function row(key: string): OutboxRow {
  return { key, query: "block.flood", timeMs: 0, row: { host: "203.0.113.7" } };
}

test("rows are put together, once", () => {
  const put: string[][] = [];
  const outgoing = new Outgoing({ outbox: { put: (rows) => void put.push(rows.map(({ key }) => key)) }, log: silentLog });
  outgoing.add(row("a"));
  outgoing.add(row("b"));
  expect(outgoing.isClear).toBe(false);
  outgoing.flush();
  outgoing.flush();
  expect(put).toEqual([["a", "b"]]);
  expect(outgoing.isClear).toBe(true);
});

test("rows that the disk does not take stay until it does, and that is said once", () => {
  let isFull = true;
  const put: string[] = [];
  const said: string[] = [];
  const log: Log = { ...silentLog, error: (sentence) => void said.push(sentence), info: (sentence) => void said.push(sentence) };
  const outbox = {
    put(rows: readonly OutboxRow[]): void {
      if (isFull) throw new HotakaError("HOTAKA_DATABASE", "the disk is full.");
      put.push(...rows.map(({ key }) => key));
    },
  };
  const outgoing = new Outgoing({ outbox, log });
  outgoing.add(row("a"));
  outgoing.flush();
  outgoing.add(row("b"));
  outgoing.flush();
  expect(outgoing.isClear).toBe(false);
  expect(outgoing.problem).toContain("2 rows of queries could not be written: the disk is full.");
  isFull = false;
  outgoing.flush();
  expect(put).toEqual(["a", "b"]);
  expect(outgoing).toMatchObject({ isClear: true, problem: undefined });
  expect(said).toEqual([expect.stringContaining("1 rows of queries could not be written"), "outbox: rows are written again."]);
});
