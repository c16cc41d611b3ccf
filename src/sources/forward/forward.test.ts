import { expect, test } from "vitest";
import { z } from "zod";
import { Peer, portOf } from "../../../test/suites/peer.ts";
import { sourceSuite } from "../../../test/suites/source_suite.ts";
import { forward } from "./forward.ts";

sourceSuite(forward, () => ({
  settings: { listen: "127.0.0.1:0", target: "events" },
  events: 2,
  async send(source) {
    const peer = await Peer.connect(portOf(source));
    peer.send('["tag", [[1, {"a": 1}], [2, {"a": 2}]]]');
    peer.end();
  },
}));

test.each([
  [
    { listen: "0.0.0.0:24224" },
    "others can reach 0.0.0.0, and anybody could send events. Listen on 127.0.0.1, set shared_key, or set open_to_network: true.",
  ],
  [{ users: [{ name: "u", password: "p" }] }, "users are asked for only together with shared_key, which is missing."],
])("%j is refused", (settings, sentence) => {
  expect(
    forward
      .config(z)
      .safeParse(settings)
      .error?.issues.map(({ message }) => message),
  ).toEqual([sentence]);
});

test.each([
  { listen: "0.0.0.0:24224", open_to_network: true },
  { listen: "0.0.0.0:24224", shared_key: "k" },
  { listen: "0.0.0.0:24224", tls: { cert: "c", key: "k", client_ca: "ca" } },
])("%j is taken", (settings) => {
  expect(forward.config(z).safeParse(settings).success).toBe(true);
});
