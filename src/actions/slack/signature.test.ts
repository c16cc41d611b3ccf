import { expect, test } from "vitest";
import { slackSignature, whyNotGenuine } from "./signature.ts";

// The vector of Slack's own documentation, "Verifying requests from Slack".
const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const TIMESTAMP = "1531420618";
const BODY = Buffer.from(
  "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
    "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com" +
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
);
const SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
const request = { timestamp: TIMESTAMP, signature: SIGNATURE, body: BODY };
const NOW_MS = Number(TIMESTAMP) * 1000;

test("the signature of Slack's own example is made", () => {
  expect(slackSignature(SECRET, TIMESTAMP, BODY)).toBe(SIGNATURE);
});

test.each([
  ["as it came", request, NOW_MS, undefined],
  ["after four minutes", request, NOW_MS + 240_000, undefined],
  ["after six minutes", request, NOW_MS + 360_000, "it is more than five minutes from now"],
  ["from the future", request, NOW_MS - 360_000, "it is more than five minutes from now"],
  ["with another byte", { ...request, body: Buffer.concat([BODY, Buffer.from("x")]) }, NOW_MS, "its signature is wrong"],
  ["with another time", { ...request, timestamp: "1531420619" }, NOW_MS, "its signature is wrong"],
  ["without a signature", { ...request, signature: "" }, NOW_MS, "its signature is wrong"],
  ["without a time", { ...request, timestamp: "" }, NOW_MS, "it has no X-Slack-Request-Timestamp"],
  ["with a time that is none", { ...request, timestamp: "1e9" }, NOW_MS, "it has no X-Slack-Request-Timestamp"],
])("a request %s is judged", (_, given, nowMs, expected) => {
  expect(whyNotGenuine(given, SECRET, nowMs)).toBe(expected);
});
