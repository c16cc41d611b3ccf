import { expect, test } from "vitest";
import { pressesOf } from "./press.ts";

function form(payload: unknown): Buffer {
  return Buffer.from(new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
}

test("who pressed what, and where to answer, is read out of a request", () => {
  const actions = [{ value: "unblock 203.0.113.7" }];
  const user = { id: "U1", username: "ann" };
  const responseUrl = "https://hooks.slack.com/actions/T0/1/x";
  expect(pressesOf(form({ type: "block_actions", user, actions, response_url: responseUrl }))).toEqual([
    { value: "unblock 203.0.113.7", user: "U1", userName: "ann", responseUrl },
  ]);
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["no JSON", Buffer.from("payload=%7B")],
  ["another kind", form({ type: "view_submission", actions: [] })],
  ["no list", form({ type: "block_actions", actions: { length: 1 } })],
  ["null", form(null)],
])("a request with %s is none", (_, body) => {
  expect(pressesOf(body)).toBeUndefined();
});

test("what is of the wrong kind in it is empty, and an answer goes nowhere but over TLS", () => {
  const press = { value: "", user: "", userName: "", responseUrl: undefined };
  const hostile = { type: "block_actions", user: 7, actions: [null, { value: {} }], response_url: "http://10.0.0.1/" };
  expect(pressesOf(form(hostile))).toEqual([press, press]);
  expect(pressesOf(form({ type: "block_actions", actions: Array.from({ length: 50 }, () => ({})) }))).toHaveLength(10);
});
