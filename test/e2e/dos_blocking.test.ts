import { appendFileSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseCidr } from "../../src/kit/index.ts";
import { askDaemon, controlPathOf } from "../../src/server/index.ts";
import { Ec2Server, type FakeEntry } from "../fakes/ec2_server.ts";
import { openSnsApi } from "../fakes/sns_api.ts";
import { Place, type Running } from "./hotaka.ts";

const ACL = "acl-77527b1f";
const TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:attacks";
const ATTACKER = "203.0.113.7";
const GUESSER = "198.51.100.8";
const VISITOR = "198.51.100.9";
const PROBER = "203.0.113.99";
const SECOND_PROBER = "203.0.113.100";
const MINUTE_MS = 60_000;

let place: Place;
let ec2: Ec2Server;
let sns: Awaited<ReturnType<typeof openSnsApi>>;
let daemon: Running;
/** The minute that is being written: one of the last, so that what it leads to is not too late. */
let minuteMs: number;

beforeEach(async () => {
  [place, ec2, sns] = [new Place(), await Ec2Server.open(), await openSnsApi()];
  ec2.addAcl(ACL);
  sns.topics.add(TOPIC);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
  minuteMs = Math.floor(Date.now() / MINUTE_MS - 20) * MINUTE_MS;
  place.write("access.ltsv", "");
  place.write("hotaka.yaml", settings());
  daemon = await place.startReady();
});

afterEach(async () => {
  await place.remove();
  ec2.close();
  await sns.close();
  vi.unstubAllEnvs();
});

// Windows close in the order of their minutes: once a later minute has led to something, an earlier one that has not will not.
test("a flood is denied at the network ACL and told by one mail; a log that gains a field is watched by it", async () => {
  requests(ATTACKER, 500);
  nextMinute();
  requests(PROBER, 100, "", 404);
  nextMinute();
  await mails(1);
  expect(sns.published[0]).toMatchObject({ topicArn: TOPIC, subject: "detect_host" });
  expect(sns.published[0]?.message).toContain(`${PROBER} was detected`);
  expect([await decisions(ATTACKER), denied()]).toEqual([[], []]);
  expect([admits(ATTACKER), admits(PROBER)]).toEqual([true, true]);

  requests(ATTACKER, 1000);
  nextMinute();
  await denials(1);
  await mails(2);
  expect(await decisions(ATTACKER)).toMatchObject([{ outcome: "blocked", row_json: `{"host":"${ATTACKER}","requests":1000}` }]);
  expect(denied()).toMatchObject([{ number: 1, cidr: `${ATTACKER}/32`, protocol: "-1" }]);
  expect(sns.published[1]).toMatchObject({ topicArn: TOPIC, subject: "block_host" });
  expect(sns.published[1]?.message).toContain(`  ${ATTACKER} is blocked until `);
  expect(sns.published[1]?.message).toContain(`  To undo: hotaka unblock ${ATTACKER}\n`);
  expect([admits(ATTACKER), admits(VISITOR)]).toEqual([false, true]);

  // Until now no line had a field `auth`; from now on some do.
  requests(GUESSER, 59, "\tauth:failed");
  requests(GUESSER, 30, "\tauth:ok");
  nextMinute();
  requests(SECOND_PROBER, 100, "", 404);
  nextMinute();
  await daemon.until(async () => ((await decisions(SECOND_PROBER)).length > 0 ? true : undefined));
  expect(await decisions(GUESSER)).toEqual([]);
  requests(GUESSER, 60, "\tauth:failed");
  nextMinute();
  await denials(2);
  await mails(3);
  expect(await decisions(GUESSER)).toMatchObject([
    { made_by: "block.login_failed_over_60_per_1min", outcome: "blocked", row_json: `{"host":"${GUESSER}","attempts":60}` },
  ]);
  expect(sns.published[2]?.subject).toBe("block_host");
  expect(sns.published[2]?.message).toContain(`  ${GUESSER} is blocked until `);
  expect(denied().map(({ number, cidr }) => [number, cidr])).toEqual([
    [1, `${ATTACKER}/32`],
    [2, `${GUESSER}/32`],
  ]);
  expect([admits(GUESSER), admits(PROBER), admits(VISITOR)]).toEqual([false, true, true]);
});

/** The file of the example, with the log, EC2 and SNS of this test, and with shorter waits. */
function settings(): string {
  const changes = [
    ["path: /var/log/nginx/access.ltsv", "path: access.ltsv\n      poll_interval: 10ms"],
    [", subject: ", `, endpoint: "${sns.url}", group_wait: 2s, subject: `],
    ["region: ap-northeast-1 }", `region: ap-northeast-1, endpoint: "${ec2.url}" }`],
  ] as const;
  let text = readFileSync("examples/dos_blocking/hotaka.yaml", "utf8");
  for (const [written, changed] of changes) {
    // A place that was missed would have this test speak to AWS.
    expect(text).toContain(written);
    text = text.replaceAll(written, changed);
  }
  return `${text}server: { listen: 127.0.0.1:0 }\ncheckpoint_every: 100ms\ntargets: { access: { idle_after: off } }\n`;
}

/** So many requests of a client, evenly over the minute, as nginx writes them. */
function requests(host: string, count: number, more = "", code = 200): void {
  const lines = Array.from({ length: count }, (_, n) => {
    const time = new Date(minuteMs + Math.floor((n * MINUTE_MS) / count)).toISOString().replace(/\.\d+Z$/, "+00:00");
    return `time:${time}\thost:${host}\tmethod:GET\tpath:/\tcode:${code}${more}\n`;
  });
  appendFileSync(place.path("access.ltsv"), lines.join(""));
}

/** The minute is over: a request in the next one closes its window. */
function nextMinute(): void {
  minuteMs += MINUTE_MS;
  requests(VISITOR, 1);
}

async function mails(count: number): Promise<void> {
  await daemon.until(() => (sns.published.length >= count ? true : undefined));
  expect(sns.published).toHaveLength(count);
}

async function denials(count: number): Promise<void> {
  await daemon.until(() => (denied().length >= count ? true : undefined));
}

async function decisions(address: string): Promise<object[]> {
  const answer = await askDaemon(controlPathOf(place.path("data")), "GET", `/v1/blocks/${address}`);
  return answer.objects("decisions").map(({ json }) => json);
}

/** The denies of the ACL that stand before what it allows, in order. */
function denied(): FakeEntry[] {
  return ingress().filter(({ action, number }) => action === "deny" && number < 100);
}

/** Whether a packet of that client comes through: the rule of the lowest number that fits decides. */
function admits(address: string): boolean {
  const client = parseCidr(address)!;
  return ingress().find(({ cidr }) => parseCidr(cidr)?.contains(client) === true)?.action === "allow";
}

function ingress(): FakeEntry[] {
  return (ec2.acls.get(ACL) ?? []).filter(({ egress }) => !egress).toSorted((left, right) => left.number - right.number);
}
