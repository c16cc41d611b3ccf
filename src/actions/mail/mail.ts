import { type Action, defineAction, duration, hostAndPort, secret } from "../../component/index.ts";
import { type ChannelContext, noticeSettings, tellingAction } from "../../notices/index.ts";
import { MailChannel } from "./mail_channel.ts";
import type { MailConfig } from "./mail_config.ts";

/** Mails people. */
export const mail = defineAction<MailConfig, ChannelContext>({
  name: "mail",
  summary: "Mails people over SMTP, as text and as HTML.",
  undo: "A mail cannot be taken back; what it reports can, by the command that it names.",
  config: (z) =>
    z
      .strictObject({
        smtp: hostAndPort(z).prefault("127.0.0.1:25").describe("The mail server: host:port."),
        tls: z
          .enum(["starttls", "implicit", "off"])
          .default("starttls")
          .describe(
            "starttls: TLS after a greeting in clear, refused when the server has none, except on this machine. implicit: TLS from the first byte (port 465). off: none.",
          ),
        tls_verify: z.boolean().default(true).describe("Whether the certificate of the server must be good."),
        user: z.string().min(1).max(320).optional().describe("Name for the mail server, where it wants one."),
        password: secret(z).optional().describe("Password for the mail server, or env:NAME or file:PATH."),
        from: z.string().regex(ADDRESS, ADDRESS_WANTED).default("hotaka@localhost").describe("Who it is from."),
        to: z.array(z.string().regex(ADDRESS, ADDRESS_WANTED)).min(1).max(RECIPIENTS_MAX).describe("Whom to mail."),
        escalate_after: duration(z, { minMs: 60_000, maxMs: 30 * 86_400_000 })
          .optional()
          .describe("When nobody has acknowledged it (`hotaka notify ack`) for so long, it goes to `escalate_to`."),
        escalate_to: z
          .array(z.string().regex(ADDRESS, ADDRESS_WANTED))
          .max(RECIPIENTS_MAX)
          .default([])
          .describe("Whom to mail when nobody acknowledges; those of `to` once more unless given."),
        ...noticeSettings(z),
      })
      .refine(({ user, password }) => (user === undefined) === (password === undefined), {
        message: "one of user and password was found; both or neither were wanted.",
      }),
  examples: [
    { to: ["ops@example.com"], subject: "block_host" },
    {
      smtp: "mail.example.com:587",
      user: "hotaka",
      password: "env:SMTP_PASSWORD",
      from: "Hotaka <hotaka@example.com>",
      to: ["ops@example.com"],
      escalate_after: "15min",
      escalate_to: ["lead@example.com"],
      quiet_hours: { from: "22:00", to: "07:00", time_zone: "Asia/Tokyo", except: "block.**" },
    },
  ],
  open: async (config, context): Promise<Action> => tellingAction(config, context, new MailChannel(config, context), config.escalate_after),
});

/** `a@b` or `Name <a@b>`, without what could begin another header. */
const ADDRESS = /^(?:[^<>@\p{C}]{0,100}<[^<>@\s\p{C}]{1,64}@[^<>@\s\p{C}]{1,255}>|[^<>@\s\p{C}]{1,64}@[^<>@\s\p{C}]{1,255})$/u;
const ADDRESS_WANTED = "a mail address such as ops@example.com or Ops <ops@example.com> was wanted.";
const RECIPIENTS_MAX = 100;
