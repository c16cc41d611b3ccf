import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { Peer, until } from "../../../test/suites/peer.ts";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { sourceSuite } from "../../../test/suites/source_suite.ts";
import { unix } from "./unix.ts";
import { openUnix } from "./unix_source.ts";

sourceSuite(unix, (folder) => ({
  settings: { path: "x.sock", format: "none", target: "events" },
  events: 2,
  async send() {
    const peer = await Peer.connect(join(folder, "x.sock"));
    peer.send("one\ntwo\n");
    peer.end();
    await until(() => peer.isClosed);
  },
}));

test("the socket is its owner's alone, a last line needs no newline, and a line that does not end ends the connection", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hotaka-unix-"));
  const context = new FakeSourceContext({ folder });
  const config = unix.config(z).parse({ path: "x.sock", format: "none", target: "app" });
  const source = await openUnix(config, context);
  expect(statSync(join(folder, "x.sock")).mode & 0o777).toBe(0o600);
  const [short, slow] = [await Peer.connect(join(folder, "x.sock")), await Peer.connect(join(folder, "x.sock"))];
  short.send("whole");
  short.end();
  slow.send("never e");
  await until(() => context.events("app").length === 1);
  context.clock.advanceTo(59_000);
  slow.send("n");
  const marker = await Peer.connect(join(folder, "x.sock"));
  marker.send("marker\n");
  await until(() => context.events("app").length === 2);
  context.clock.advanceTo(61_000);
  await until(() => slow.isClosed);
  expect(context.said).toEqual(["warn: sources[0] (test): a connection was ended: a line did not end within line_timeout. (1 so far)"]);
  marker.close();
  await source.close();
  rmSync(folder, { recursive: true });
});

test("rights that are none are refused", () => {
  const result = unix.config(z).safeParse({ path: "x", format: "none", target: "t", mode: "rw" });
  expect(result.error?.issues[0]?.message).toContain("three octal digits");
});
