import { HotakaError, messageOf, oneLine } from "../../kit/index.ts";
import { type Channel, type ChannelContext, type Notice, noticeText } from "../../notices/index.ts";
import type { MailConfig } from "./mail_config.ts";
import { noticeHtml } from "./notice_html.ts";

/** Sends notices over SMTP. One connection a message: there is one every few minutes at most. */
export class MailChannel implements Channel {
  readonly name: string;
  readonly #config: MailConfig;
  readonly #context: ChannelContext;

  constructor(config: MailConfig, context: ChannelContext) {
    this.#config = config;
    this.#context = context;
    this.name = `mail to ${shownRecipients(config.to)}`;
  }

  async send(notice: Notice): Promise<string> {
    const { from, to, escalate_to: escalateTo, user, password } = this.#config;
    const recipients = notice.unacknowledgedMs !== undefined && escalateTo.length > 0 ? escalateTo : to;
    // Loaded when the first mail is sent: who sends none does not wait for it.
    const { createTransport } = await import("nodemailer");
    const auth = user === undefined ? undefined : { user, pass: (await password?.read(this.#context.folder)) ?? "" };
    const transport = createTransport({ ...this.#server(), ...(auth === undefined ? {} : { auth }) });
    try {
      const subject = notice.unacknowledgedMs === undefined ? notice.subject : `Unacknowledged: ${notice.subject}`;
      const { accepted, rejected } = await transport.sendMail({
        from,
        to: [...recipients],
        subject,
        text: noticeText(notice),
        html: noticeHtml(notice),
        // The same when it is sent again, so that a mailbox can tell; `Auto-Submitted` keeps out-of-office notes away (RFC 3834).
        messageId: `<${notice.id}.${notice.unacknowledgedMs === undefined ? "0" : "1"}.${Math.round(notice.fromMs)}@${domainOf(from)}>`,
        headers: { "Auto-Submitted": "auto-generated", "X-Hotaka-Query": oneLine(notice.query, 200) },
        date: new Date(this.#context.clock.nowMs()),
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const refused =
        rejected.length === 0 ? "" : ` ${rejected.length} addresses were refused: ${shownRecipients(rejected.map(addressText))}.`;
      return `mailed "${notice.subject}" to ${shownRecipients(accepted.map(addressText))}.${refused}`;
    } catch (thrown) {
      const { host, port } = this.#config.smtp;
      const reason = oneLine(messageOf(thrown), 300).replace(/\.$/, "");
      throw new HotakaError("HOTAKA_ACTION_FAILED", `mail: ${host}:${port} did not take the message: ${reason}.`, { cause: thrown });
    } finally {
      transport.close();
    }
  }

  #server() {
    const { smtp, tls, tls_verify: verify } = this.#config;
    return {
      ...smtp,
      secure: tls === "implicit",
      ignoreTLS: tls === "off",
      requireTLS: tls === "starttls" && !isLoopback(smtp.host),
      tls: { rejectUnauthorized: verify },
      connectionTimeout: CONNECT_MS_MAX,
      greetingTimeout: CONNECT_MS_MAX,
      socketTimeout: ANSWER_MS_MAX,
    };
  }
}

function addressText(address: string | { readonly address: string }): string {
  return typeof address === "string" ? address : address.address;
}

function shownRecipients(addresses: readonly string[]): string {
  const shown = addresses.slice(0, 3).map((address) => oneLine(address, 100));
  return shown.join(", ") + (addresses.length > 3 ? ` and ${addresses.length - 3} more` : "");
}

function domainOf(address: string): string {
  return /@([^>]+)>?$/.exec(address)?.[1] ?? "localhost";
}

/** The mail server of this machine mostly has a certificate that nobody has signed, and nobody listens on the way to it. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

const CONNECT_MS_MAX = 10_000;
const ANSWER_MS_MAX = 30_000;
