import { defineAction, duration, size, type Zod } from "../../component/index.ts";
import { type ExecFilterContext, ExecFilter } from "./exec_filter_action.ts";

export const exec_filter = defineAction({
  name: "exec_filter",
  summary: "Writes rows to a program that runs on, and takes what it puts out as events of a tag.",
  undo: "What the program did is for the program to take back.",
  config: (z) =>
    z
      .strictObject({
        run: z
          .array(z.string().max(10_000))
          .min(1)
          .max(1000)
          .describe("The program and its arguments, one item each. There is no shell, so nothing is expanded or quoted."),
        in: pipeSetting(z, {
          query_field: fieldSetting(z).describe("Field that is added to what is written: the name of the query."),
          query_prefix: z.string().min(1).max(512).optional().describe("Put before the name of the query, with a point between."),
          time_field: fieldSetting(z).describe("Field that is added to what is written: the time of the row, in seconds since 1970."),
        }).describe("How rows are written to the program."),
        out: pipeSetting(z, {
          tag_field: fieldSetting(z).describe("Field of a result that is taken out of it as its tag; one that lacks it has that of `tag`."),
          time_field: fieldSetting(z).describe("Field of a result that is taken out of it as its time, in seconds since 1970."),
        }).describe("How what the program puts out is read."),
        tag: z
          .string()
          .regex(/^[^\s\p{C}]{1,512}$/u, "a tag without blanks, such as block.done, was wanted.")
          .describe("Tag of the results. Filters and routes lead them to a target, and actions whose `match` fits it answer them as rows."),
        add_prefix: z.string().min(1).max(512).optional().describe("Put before tags that come by `tag_field`, with a point between."),
        children: z.int().min(1).max(64).default(1).describe("How many of the program run; rows go to them in turn."),
        answers: z
          .enum(["any", "each"])
          .default("any")
          .describe(
            "`each`: the program puts out exactly one result for each row, in order; a row is done when its result is safe. `any`: it puts out what " +
              "it likes; a row is done when the program has lived for `settle_wait` with it.",
          ),
        answer_timeout: duration(z, { minMs: 100, maxMs: 3_600_000 })
          .prefault("1min")
          .describe("With `answers: each`: a program that does not answer for so long is ended and started again."),
        settle_wait: duration(z, { maxMs: 60_000 })
          .prefault("1s")
          .describe("With `answers: any`: what was written so shortly before a program ended is written again to the next."),
        line_bytes_max: size(z, { minBytes: 1024, maxBytes: 64 << 20 })
          .prefault("1MB")
          .describe("Longest row and result; a longer row is refused, a longer result is passed over and counted."),
        environment: z
          .record(z.string().min(1), z.string())
          .default({})
          .describe("Variables that the program gets beside those of the daemon."),
        restart_wait_max: duration(z, { minMs: 100, maxMs: 3_600_000 })
          .prefault("1min")
          .describe("Longest wait before it is started again; the first is a second, and each is twice the one before."),
        stop_wait: duration(z, { minMs: 0, maxMs: 600_000 })
          .prefault("5s")
          .describe(
            "How long the program may take to end when its input has ended, as it does when the daemon stops; what it puts out until then is taken. Then it gets SIGTERM, and SIGKILL after as long again.",
          ),
      })
      .superRefine((config, context) => {
        for (const pipe of ["in", "out"] as const) {
          if (config[pipe].format === "tsv" && config[pipe].fields.length === 0) {
            context.addIssue({ code: "custom", path: [pipe, "fields"], message: "the fields of tsv in their order were wanted." });
          }
        }
      }),
  examples: [
    { run: ["ruby", "/etc/hotaka/block.rb"], in: { format: "json" }, out: { format: "msgpack" }, tag: "block.done" },
    {
      run: ["python3", "score.py"],
      in: { format: "tsv", fields: ["host", "requests"] },
      out: { format: "tsv", fields: ["host", "score"] },
      tag: "scored",
      answers: "each",
      children: 4,
    },
  ],
  gives: ({ tag }) => [tag],
  open: async (config, context: ExecFilterContext) => ExecFilter.open(config, context),
});

function pipeSetting<More extends Parameters<Zod["strictObject"]>[0]>(z: Zod, more: More) {
  return z
    .strictObject({
      format: z
        .enum(["json", "msgpack", "tsv"])
        .default("json")
        .describe("A JSON object a line, MessagePack maps, or values set apart by tabs."),
      fields: z.array(z.string().min(1).max(256)).max(1000).default([]).describe("The fields of tsv, in their order."),
      ...more,
    })
    .prefault({} as never);
}

function fieldSetting(z: Zod) {
  return z.string().min(1).max(256).optional();
}
