import { defineSource, duration, secret, size } from "../../component/index.ts";
import { checkDestination, destinationSettings } from "../line_settings.ts";
import { openPoll } from "./poll_source.ts";

export const poll = defineSource({
  name: "poll",
  summary: "Asks an address of the web again and again: JSON, or metrics as Prometheus and plugins of Mackerel write them.",
  config: (z) =>
    z
      .strictObject({
        url: secret(z).describe("What to get, or env:NAME or file:PATH, as an address may be as good as a password. http or https."),
        format: z
          .enum(["json", "prometheus", "mackerel"])
          .default("json")
          .describe(
            "`json`: an object, or an array of them, each an event. `prometheus`: its text format, and `mackerel`: lines of name, value and " +
              "seconds, each an event with `metric`, `value`, `labels` and, where it is known, `type`.",
          ),
        items: z
          .string()
          .regex(/^[^.]+(?:\.[^.]+)*$/, "keys with points between them, such as data.items, were wanted.")
          .max(255)
          .transform((path) => path.split("."))
          .optional()
          .describe("Where in the JSON the events stand, key by key: `data.items`. Without it they are the whole."),
        ...destinationSettings(z),
        interval: duration(z, { minMs: 1000, maxMs: 86_400_000 }).prefault("1min").describe("How often it is asked."),
        jitter: duration(z, { maxMs: 3_600_000 })
          .prefault("1s")
          .describe("Up to so much, by chance, is added to each wait, so that many daemons do not ask at the same instant."),
        timeout: duration(z, { minMs: 100, maxMs: 600_000 }).prefault("10s").describe("How long it may take to answer, to the last byte."),
        headers: z
          .record(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), secret(z))
          .default({})
          .describe("Headers of the request, such as `X-Api-Key`; each a secret, env:NAME or file:PATH."),
        body_bytes_max: size(z, { minBytes: 1024, maxBytes: 64 << 20 })
          .prefault("8MB")
          .describe("The longest answer, unpacked; of a longer one nothing is taken, and it is counted."),
      })
      .superRefine(({ format, items, ...destination }, context) => {
        checkDestination(destination, context);
        if (items === undefined || format === "json") return;
        context.addIssue({ code: "custom", path: ["items"], message: `items is for json; an answer of ${format} has none.` });
      }),
  examples: [
    { url: "http://127.0.0.1:9100/metrics", format: "prometheus", target: "node", interval: "15s" },
    { url: "https://api.example.com/v1/jobs", items: "data.jobs", headers: { "X-Api-Key": "env:JOBS_KEY" }, target: "jobs" },
    { url: "http://127.0.0.1:8080/status", tag: "status.app" },
  ],
  // Nobody can say yet what events of a tag look like.
  targets: ({ target }) => (target === undefined ? undefined : { [target]: "timed" }),
  tags: ({ tag }) => (tag === undefined ? {} : { [tag]: {} }),
  open: async (config, context) => openPoll(config, context),
});
