import { openWebService } from "../suites/web_service.ts";

/** A message as a topic got it. */
interface Published {
  readonly topicArn: string;
  readonly subject: string;
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Amazon SNS as far as publishing goes, over loopback: it refuses what SNS refuses, in its words (a topic that is not there, a subject that
 * is not ASCII or too long, a message above 256 KB, a request that is not signed), and can be told to ask for slowing down. Its answers are
 * of the query protocol, version 2010-03-31.
 */
export async function openSnsApi() {
  const topics = new Set<string>();
  const published: Published[] = [];
  const trouble: { throttled: number } = { throttled: 0 };
  const service = await openWebService((asked) => {
    const form = new URLSearchParams(asked.body);
    if (!String(asked.headers["authorization"]).startsWith("AWS4-HMAC-SHA256 "))
      return refusal(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
    if (trouble.throttled > 0) {
      trouble.throttled--;
      return refusal(400, "Throttled", "Rate exceeded");
    }
    const region = /\/([a-z0-9-]+)\/sns\/aws4_request/.exec(String(asked.headers["authorization"]))?.[1] ?? "";
    switch (form.get("Action")) {
      case "CreateTopic": {
        const arn = `arn:aws:sns:${region}:123456789012:${form.get("Name") ?? ""}`;
        topics.add(arn);
        return answer("CreateTopic", `<TopicArn>${arn}</TopicArn>`);
      }
      case "Publish":
        return publish(form, topics, published);
      default:
        return refusal(400, "InvalidAction", `${asked.path} is not an action`);
    }
  });
  return { url: service.url, close: service.close, topics, published, trouble };
}

function publish(form: URLSearchParams, topics: ReadonlySet<string>, published: Published[]): ReturnType<typeof answer> {
  const [topicArn, subject, message] = ["TopicArn", "Subject", "Message"].map((name) => form.get(name) ?? "") as [string, string, string];
  if (!topics.has(topicArn)) return refusal(404, "NotFound", "Topic does not exist");
  if (!/^[!-~][ -~]{0,99}$/.test(subject)) return refusal(400, "InvalidParameter", "Invalid parameter: Subject");
  if (message === "" || Buffer.byteLength(message) > 262_144)
    return refusal(400, "InvalidParameter", "Invalid parameter: Message too long");
  published.push({ topicArn, subject, message, attributes: attributesOf(form) });
  return answer("Publish", `<MessageId>00000000-0000-0000-0000-${String(published.length).padStart(12, "0")}</MessageId>`);
}

function attributesOf(form: URLSearchParams): Record<string, string> {
  const prefix = "MessageAttributes.entry.";
  const numbers = [...form.keys()].flatMap((key) =>
    key.startsWith(prefix) && key.endsWith(".Name") ? [key.slice(prefix.length, -5)] : [],
  );
  return Object.fromEntries(numbers.map((n) => [form.get(`${prefix}${n}.Name`) ?? "", form.get(`${prefix}${n}.Value.StringValue`) ?? ""]));
}

function answer(action: string, result: string): { status: number; body: string } {
  const namespace = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/"';
  const meta = "<ResponseMetadata><RequestId>00000000</RequestId></ResponseMetadata>";
  return { status: 200, body: `<${action}Response ${namespace}><${action}Result>${result}</${action}Result>${meta}</${action}Response>` };
}

function refusal(status: number, code: string, message: string): ReturnType<typeof answer> {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return {
    status,
    body: `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${error}<RequestId>00000000</RequestId></ErrorResponse>`,
  };
}
