import { expect, test } from "vitest";
import { loadPack, packNames } from "./index.ts";

test("every pack can be read: its target, its logs and its queries", async () => {
  const packs = await Promise.all(packNames().map(loadPack));
  expect(packs.map(({ name }) => name)).toEqual(["bind9", "dovecot", "exim", "http", "magento", "netfilter", "postfix", "ssh", "vsftpd"]);
  for (const { logs, queries } of packs) {
    expect(logs.size).toBeGreaterThan(0);
    expect(new Set(queries.map(({ name }) => name)).size).toBe(queries.length);
  }
});

test("queries of one kind of client count an IPv6 network as one, and name it as host", async () => {
  const packs = await Promise.all(packNames().map(loadPack));
  const others = packs.flatMap(({ queries }) => queries.filter(({ sql }) => !/prefix64\((?:D\.)?host\) AS host/.test(sql)));
  expect(others.map(({ name }) => name)).toEqual([]);
});

test("a list of words stands in its queries as alternatives, with what SQL doubles doubled", async () => {
  const http = await loadPack("http");
  const sql = http.queries.find(({ name }) => name === "block.http_backdoors")?.sql ?? "";
  expect(sql).toContain("|filesman|");
  expect(sql).toContain("wso[\\\\d.]*");
  expect(http.queries.some((query) => query.sql.includes("${"))).toBe(false);
});

test("a pack that there is not is told", async () => {
  await expect(loadPack("../ssh")).rejects.toThrow('There is no pack "../ssh". Packs: bind9');
});
