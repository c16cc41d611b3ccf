import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { parseCidr } from "../../src/kit/index.ts";

/** One rule of an ACL as the fake keeps it. */
export interface FakeEntry {
  readonly number: number;
  /** Canonical. */
  readonly cidr: string;
  readonly action: "allow" | "deny";
  readonly protocol: string;
  readonly egress: boolean;
}

/**
 * The part of AWS that network ACLs take, over HTTP, for the SDK as it is: EC2's query protocol and the JSON of Service Quotas. It refuses
 * what AWS refuses: a number that is taken, one beyond 32766, more rules of a family than the quota, an entry that is not there, two CIDRs
 * in one; it clears host bits, and lists entries in no particular order.
 * @see AWS EC2 API, CreateNetworkAclEntry, ReplaceNetworkAclEntry, DeleteNetworkAclEntry, DescribeNetworkAcls, error codes
 */
export class Ec2Server {
  readonly acls = new Map<string, FakeEntry[]>();
  readonly calls: string[] = [];
  quota = 20;
  /** What Service Quotas says, where that is another number; "denied" when these credentials may not ask. */
  quotaSaid: number | "denied" | undefined;
  /** So many calls that change something are throttled; Infinity throttles all. */
  throttled = 0;
  isDown = false;
  /** Called before each call that changes something, as a stranger who is quicker. */
  before: ((action: string) => void) | undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (request, response) => {
      void (async () => {
        const body = await bodyOf(request);
        const { status, type, text } = this.#answer(request, body);
        response.writeHead(status, { "content-type": type }).end(text);
      })();
    });
  }

  static async open(): Promise<Ec2Server> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return new Ec2Server(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** An ACL as AWS makes the default one, with the rule that allows all at `allowAt`. */
  addAcl(id: string, allowAt = 100): void {
    const rule = (number: number, cidr: string, action: "allow" | "deny", egress: boolean): FakeEntry => ({
      number,
      cidr,
      action,
      protocol: "-1",
      egress,
    });
    this.acls.set(
      id,
      [false, true].flatMap((egress) => [
        rule(allowAt, "0.0.0.0/0", "allow", egress),
        rule(32_767, "0.0.0.0/0", "deny", egress),
        rule(allowAt + 1, "::/0", "allow", egress),
        rule(32_768, "::/0", "deny", egress),
      ]),
    );
  }

  /** A stranger at the console: whatever stood at that number gives way. */
  put(id: string, number: number, cidr: string, action: "allow" | "deny" = "deny"): void {
    this.take(id, number);
    this.acls.get(id)?.push({ number, cidr, action, protocol: "-1", egress: false });
  }

  take(id: string, number: number): void {
    this.acls.set(
      id,
      (this.acls.get(id) ?? []).filter((entry) => entry.egress || entry.number !== number),
    );
  }

  /** `1 203.0.113.7/32`: the inbound denies below the default one, by number. */
  denies(id: string): string[] {
    return (this.acls.get(id) ?? [])
      .filter(({ action, egress, number }) => action === "deny" && !egress && number <= 32_766)
      .toSorted((a, b) => a.number - b.number)
      .map(({ number, cidr }) => `${number} ${cidr}`);
  }

  #answer(request: IncomingMessage, body: string): { status: number; type: string; text: string } {
    if (this.isDown) return { status: 503, type: "text/xml", text: fault("Unavailable", "The service is unavailable.") };
    const target = request.headers["x-amz-target"];
    if (typeof target === "string") return this.#quotas();
    const form = new URLSearchParams(body);
    const action = form.get("Action") ?? "";
    this.calls.push(action);
    try {
      return { status: 200, type: "text/xml", text: action === "DescribeNetworkAcls" ? this.#describe(form) : this.#change(action, form) };
    } catch (thrown) {
      const { code, message } = thrown as Refusal;
      return { status: code === "RequestLimitExceeded" ? 503 : 400, type: "text/xml", text: fault(code, message) };
    }
  }

  #quotas(): { status: number; type: string; text: string } {
    const type = "application/x-amz-json-1.1";
    if (this.quotaSaid === "denied")
      return { status: 400, type, text: JSON.stringify({ __type: "AccessDeniedException", Message: "not authorized" }) };
    const quota = { ServiceCode: "vpc", QuotaCode: "L-2AEEBF1A", Value: this.quotaSaid ?? this.quota };
    return { status: 200, type, text: JSON.stringify({ Quota: quota }) };
  }

  #describe(form: URLSearchParams): string {
    const ids = [...form].flatMap(([key, value]) => (key.startsWith("NetworkAclId.") ? [value] : []));
    const shown = ids.map((id) => {
      const entries = this.acls.get(id);
      if (entries === undefined) throw new Refusal("InvalidNetworkAclID.NotFound", `The network ACL ID '${id}' does not exist`);
      return `<item><networkAclId>${id}</networkAclId><vpcId>vpc-1</vpcId><default>true</default><entrySet>${entries.toReversed().map(xmlOf).join("")}</entrySet></item>`;
    });
    return answer("DescribeNetworkAcls", `<networkAclSet>${shown.join("")}</networkAclSet>`);
  }

  #change(action: string, form: URLSearchParams): string {
    this.before?.(action);
    if (this.throttled > 0) {
      this.throttled--;
      throw new Refusal("RequestLimitExceeded", "Request limit exceeded.");
    }
    const id = form.get("NetworkAclId") ?? "";
    const entries = this.acls.get(id);
    if (entries === undefined) throw new Refusal("InvalidNetworkAclID.NotFound", `The network ACL ID '${id}' does not exist`);
    const number = Number(form.get("RuleNumber"));
    const egress = form.get("Egress") === "true";
    const at = entries.findIndex((entry) => entry.number === number && entry.egress === egress);
    if (number < 1 || number > 32_766) throw new Refusal("InvalidParameterValue", `Value (${number}) for parameter ruleNumber is invalid.`);
    if (action === "CreateNetworkAclEntry") {
      if (at >= 0) throw new Refusal("NetworkAclEntryAlreadyExists", `The network acl entry identified by ${number} already exists.`);
      const entry = entryOf(form, number, egress);
      const own = entries.filter((other) => other.egress === egress && other.cidr.includes(":") === entry.cidr.includes(":"));
      if (own.length >= this.quota)
        throw new Refusal("NetworkAclEntryLimitExceeded", `The maximum number of network ACL entries has been reached.`);
      entries.push(entry);
    } else {
      if (at < 0) throw new Refusal("InvalidNetworkAclEntry.NotFound", `The network acl entry identified by ${number} does not exist`);
      if (action === "DeleteNetworkAclEntry") entries.splice(at, 1);
      else entries[at] = entryOf(form, number, egress);
    }
    return answer(action, "<return>true</return>");
  }
}

class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function entryOf(form: URLSearchParams, number: number, egress: boolean): FakeEntry {
  const [ipv4, ipv6] = [form.get("CidrBlock"), form.get("Ipv6CidrBlock")];
  if ((ipv4 === null) === (ipv6 === null)) throw new Refusal("InvalidParameterCombination", "Either CidrBlock or Ipv6CidrBlock is wanted.");
  const cidr = parseCidr(ipv4 ?? ipv6 ?? "");
  if (cidr === undefined || cidr.family !== (ipv4 === null ? 6 : 4))
    throw new Refusal("InvalidParameterValue", `CIDR block ${ipv4 ?? ipv6 ?? ""} is malformed`);
  return {
    number,
    cidr: cidr.toString(),
    action: form.get("RuleAction") === "allow" ? "allow" : "deny",
    protocol: form.get("Protocol") ?? "",
    egress,
  };
}

function xmlOf({ number, cidr, action, protocol, egress }: FakeEntry): string {
  const block = cidr.includes(":") ? `<ipv6CidrBlock>${cidr}</ipv6CidrBlock>` : `<cidrBlock>${cidr}</cidrBlock>`;
  return `<item><ruleNumber>${number}</ruleNumber><protocol>${protocol}</protocol><ruleAction>${action}</ruleAction><egress>${egress}</egress>${block}</item>`;
}

function answer(action: string, content: string): string {
  return `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId>${content}</${action}Response>`;
}

function fault(code: string, message: string): string {
  return `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>1</RequestID></Response>`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
