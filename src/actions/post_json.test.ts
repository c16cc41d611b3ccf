import { afterEach, beforeEach, expect, test } from "vitest";
import { openWebService } from "../../test/suites/web_service.ts";
import { VirtualClock } from "../kit/index.ts";
import { postJson } from "./post_json.ts";

let service: Awaited<ReturnType<typeof openWebService>>;
let answer: { status: number; body: string };

beforeEach(async () => {
  answer = { status: 200, body: "ok" };
  service = await openWebService(() => answer);
});

afterEach(async () => service.close());

const clock = new VirtualClock();

async function post(url = `${service.url}/secret-token`): Promise<unknown> {
  return postJson({ service: "The service", url, body: { a: "ä" }, headers: { authorization: "Bearer x" } }, clock);
}

test("posts JSON and gives what the service says", async () => {
  expect(await post()).toEqual({ status: 200, body: "ok" });
  expect(service.asked).toMatchObject([{ path: "/secret-token", body: '{"a":"ä"}', headers: { authorization: "Bearer x" } }]);
});

test("a refusal is told in the words of the service, on one line, without the address", async () => {
  answer = { status: 403, body: "no\u001B[2J such\ntoken" };
  await expect(post()).rejects.toThrow("The service did not take the message: it answered with status 403: no\uFFFD[2J such\uFFFDtoken.");
});

test.each([
  [400, "HOTAKA_ACTION_REFUSED"],
  [401, "HOTAKA_ACTION_FAILED"],
  [404, "HOTAKA_ACTION_FAILED"],
  [413, "HOTAKA_ACTION_REFUSED"],
  [422, "HOTAKA_ACTION_REFUSED"],
  [429, "HOTAKA_ACTION_FAILED"],
  [503, "HOTAKA_ACTION_FAILED"],
])("status %i is %s: no try helps where the service speaks of what was posted", async (status, code) => {
  answer = { status, body: "" };
  await expect(post()).rejects.toMatchObject({ code });
});

test("a redirection is not followed: it would carry the message elsewhere", async () => {
  answer = { status: 302, body: "" };
  await expect(post()).rejects.toThrow("status 302: no words.");
  expect(service.asked).toHaveLength(1);
});

test("an answer of any length is read in part", async () => {
  answer = { status: 200, body: "x".repeat(1_000_000) };
  expect(((await post()) as { body: string }).body).toHaveLength(65_536);
});

test("a service that is not there is told with the reason, without the address", async () => {
  const { url } = service;
  await service.close();
  await expect(post(`${url}/secret-token`)).rejects.toThrow(
    /^The service did not take the message: connect ECONNREFUSED 127\.0\.0\.1:\d+\.$/,
  );
  service = await openWebService(() => answer);
});

test("a service that does not answer is given up after ten seconds", async () => {
  const waiting = new VirtualClock();
  await service.close();
  service = await openWebService(() => {
    waiting.advanceTo(10_000);
    return answer;
  });
  const posted = postJson({ service: "The service", url: service.url, body: {} }, waiting);
  await expect(posted).rejects.toThrow("it gave no answer within 10 seconds");
});
