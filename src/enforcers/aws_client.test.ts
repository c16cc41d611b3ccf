import { expect, test } from "vitest";
import { z } from "zod";
import { awsClientSettings, awsFailure, awsShape, isAwsError } from "./aws_client.ts";

function failure(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

test("a refusal for lack of rights names the rights", () => {
  const thrown = failure("UnauthorizedOperation", "You are not authorized.");
  expect(isAwsError(thrown, "UnauthorizedOperation")).toBe(true);
  expect(awsFailure("acl-1 could not be read", thrown, "ec2:DescribeNetworkAcls").message).toBe(
    "acl-1 could not be read: UnauthorizedOperation: You are not authorized. Its credentials need ec2:DescribeNetworkAcls.",
  );
});

test("missing credentials are told with where they may come from", () => {
  const { message } = awsFailure("acl-1 could not be read", failure("CredentialsProviderError", "Could not load credentials"), "x");
  expect(message).toContain("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile, or give the machine a role.");
});

test("region, profile and endpoint are handed on where they are set, and left to the environment where they are not", () => {
  const shape = z.strictObject(awsShape(z));
  expect(awsClientSettings(shape.parse({}))).not.toHaveProperty("region");
  expect(awsClientSettings(shape.parse({ region: "eu-west-1", endpoint: "http://127.0.0.1:5000" }))).toMatchObject({
    region: "eu-west-1",
    endpoint: "http://127.0.0.1:5000",
  });
  expect(shape.safeParse({ endpoint: "ftp://example.com" }).success).toBe(false);
});
