import { defineSource, duration, size } from "../../component/index.ts";
import { receivedSyslog, timeZoneSetting } from "../../formats/index.ts";
import { listenSettings, openProblem, tlsSetting } from "../listening.ts";
import { checkDestination, destinationSettings } from "../line_settings.ts";
import { openSyslog } from "./syslog_source.ts";

export const syslog = defineSource({
  name: "syslog",
  summary:
    "Receives syslog messages (RFC 5424, RFC 3164) over UDP, TCP or TLS, counted or by line, as rsyslog, syslog-ng and devices send them.",
  config: (z) =>
    z
      .strictObject({
        ...listenSettings(z, 5140),
        transports: z
          .array(z.enum(["udp", "tcp"]))
          .min(1)
          .max(2)
          .optional()
          .describe("How messages come, on the same port. Left out it is both, or TCP alone where `tls` is set."),
        tls: tlsSetting(z).describe("Certificate and key for TLS (RFC 5425), which is over TCP. Without it nothing is encrypted."),
        ...destinationSettings(z),
        target: destinationSettings(z).target.describe(
          "Target that receives the events, with the fields `time`, `pri`, `facility`, `severity`, `host`, `ident`, `pid`, `msgid`, " +
            "`extradata` (structured data), `message` and `source_address` (who sent it).",
        ),
        time_zone: timeZoneSetting(z),
        message_bytes_max: size(z, { minBytes: 480, maxBytes: 16 << 20 })
          .prefault("64KB")
          .describe("Longest message; a longer one is skipped and counted."),
        connections_max: z.int().min(1).max(100_000).default(1000).describe("Connections at a time; more are refused and counted."),
        message_timeout: duration(z, { minMs: 1000 })
          .prefault("1min")
          .describe("A connection is ended when a message that has begun does not end for so long."),
        idle_timeout: duration(z, { minMs: 1000 })
          .prefault("1 day")
          .describe("After so long without a message a connection is ended. A sender of syslog loses what it writes before it notices."),
        held_bytes_max: size(z, { minBytes: 65_536, maxBytes: 1 << 30 })
          .prefault("16MB")
          .describe("Messages by UDP that are held in memory while the disk is slower; what is more is dropped and counted."),
        receive_buffer: size(z, { minBytes: 4096, maxBytes: 1 << 30 })
          .prefault("2MB")
          .describe("What the system is asked to hold of UDP before it is read. It gives no more than net.core.rmem_max."),
      })
      .superRefine((config, context) => {
        checkDestination(config, context);
        const open = openProblem(config, config.tls?.client_ca !== undefined, "ask for certificates by tls.client_ca");
        if (open !== undefined) context.addIssue({ code: "custom", path: ["listen"], message: open });
        if (config.tls !== undefined && config.transports?.includes("udp") === true) {
          const message = "there is no TLS over UDP. Write tcp alone, or make the UDP port a source of its own.";
          context.addIssue({ code: "custom", path: ["transports"], message });
        }
      })
      .transform(({ transports, ...config }) => ({
        ...config,
        transports: transports ?? (config.tls === undefined ? (["tcp", "udp"] as const) : (["tcp"] as const)),
      })),
  examples: [
    { target: "syslog" },
    { listen: "0.0.0.0:514", open_to_network: true, target: "syslog", time_zone: "Asia/Tokyo" },
    { listen: "0.0.0.0:6514", tls: { cert: "server.pem", key: "server.key", client_ca: "senders.pem" }, target: "syslog" },
  ],
  targets: ({ target, time_zone: zone }) => (target === undefined ? {} : { [target]: receivedSyslog(zone).fields }),
  tags: ({ tag, time_zone: zone }) => (tag === undefined ? {} : { [tag]: receivedSyslog(zone).fields }),
  open: async (config, context) => openSyslog(config, context),
});
