import { expect, test } from "vitest";
import { messageId, signedHeaders } from "./signature.ts";

test("a message is signed as the example of Standard Webhooks is", () => {
  const headers = signedHeaders({
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestampMs: 1_614_265_330_999,
    body: '{"test": 2432232314}',
    secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
  });
  expect(headers).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("each secret signs, a plain one as it is written, and without one nothing is signed", () => {
  const message = { id: "a", timestampMs: 0, body: "{}" };
  const plain = signedHeaders({ ...message, secrets: ["plain"] })["webhook-signature"]!;
  const encoded = signedHeaders({ ...message, secrets: [`whsec_${Buffer.from("plain").toString("base64")}`] })["webhook-signature"]!;
  expect(encoded).toBe(plain);
  expect(signedHeaders({ ...message, secrets: ["plain", "other"] })["webhook-signature"]).toMatch(/^v1,\S{44} v1,\S{44}$/);
  expect(signedHeaders({ ...message, secrets: [] })).toEqual({ "webhook-id": "a", "webhook-timestamp": "0" });
});

test("an id is the same for the same key, and has nothing in it that a header may not have", () => {
  expect(messageId("row", "q 1\r\nx: y")).toMatch(/^row_[\w-]{27}$/);
  expect(messageId("row", "q 1")).toBe(messageId("row", "q 1"));
  expect(messageId("row", "q 1")).not.toBe(messageId("row", "q 2"));
});
