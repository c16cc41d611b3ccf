/** That a plugin has no counterpart, and what comes nearest to it. */
export function lacking(kind: keyof typeof NEAREST_MEANS, type: string): string {
  const means = Object.hasOwn(NEAREST_MEANS[kind], type) ? ` ${NEAREST_MEANS[kind][type]}` : "";
  return `${kind === "output" ? "an" : "a"} ${kind} of type ${type === "" ? "no name" : type} has no counterpart${means === "" ? " that is known here" : ""}.${means}`;
}

/** What comes nearest to a plugin that has no counterpart: what to do in its place, as a sentence. By kind, and the type of the plugin. */
const NEAREST_MEANS: Readonly<Record<"source" | "filter" | "output", Readonly<Record<string, string>>>> = {
  source: {
    tcp: 'Lines over TCP are read by `command` with `run: [socat, -u, "TCP-LISTEN:PORT,fork,reuseaddr", STDOUT]`; senders that can choose use http, forward or syslog.',
    udp: "Lines over UDP are read by `command` with `run: [socat, -u, UDP-RECV:PORT, STDOUT]`; syslog over UDP is the source `syslog`.",
    unix: "It speaks Forward over a Unix socket: have its senders use the source `forward`. The source `unix` takes lines.",
    sample: "Events to try things with come by `curl` and the source `http`, or from a file by `replay`.",
    dummy: "Events to try things with come by `curl` and the source `http`, or from a file by `replay`.",
    kafka: "The source `kafka` reads topics; write it with its brokers.",
    kafka_group: "The source `kafka` reads topics in a group; write it with its brokers.",
    windows_eventlog: "Have an agent on those machines send the events by Forward or syslog.",
    windows_eventlog2: "Have an agent on those machines send the events by Forward or syslog.",
  },
  filter: {
    parser:
      "A text within a field is not taken apart: have the source read its lines by a `format`, such as regexp or json, in place of this filter.",
    concat: "Lines are put together where they are read: `multiline` as the format of the source.",
    kubernetes_metadata: "Names of pods are in the paths of their logs: a tag that has the path in it (`tag: kube.*`) shows them.",
    prometheus: "/metrics of the daemon counts events by source and target, and a query counts what it likes.",
    dedot: "A field with a dot in its name is read as it is.",
  },
  output: {
    s3: "Write a `file` with rotate_every, and have its rotated files copied (aws s3 sync, rclone); or send by `forward` to a Fluentd that keeps this match.",
    gcs: "Write a `file` with rotate_every, and have its rotated files copied (gsutil, rclone); or send by `forward` to a Fluentd that keeps this match.",
    azurestorage:
      "Write a `file` with rotate_every, and have its rotated files copied (rclone); or send by `forward` to a Fluentd that keeps this match.",
    webhdfs:
      "Write a `file` with rotate_every, and have its rotated files copied; or send by `forward` to a Fluentd that keeps this match.",
    elasticsearch: bulk("elasticsearch"),
    opensearch: bulk("opensearch"),
    exec: "It runs a program for each file of events. `exec_filter` runs one that goes on and reads events from its standard input.",
    mail: "The action `mail` writes to people; it wants its own settings.",
    slack: "The action `slack` tells a channel; it wants its own settings.",
    rewrite_tag_filter: "Tags are not made anew. `routes` choose the target by the tag, and a query or a `grep` filter by the content.",
    roundrobin: "Outputs do not take turns; `forward` shares rows out among its servers by weight.",
    secondary_file: "What cannot be sent is in the dead-letter file by itself.",
    buffer: "Rows wait on the disk by themselves.",
    ...Object.fromEntries(
      [
        "mongo",
        "mysql",
        "mysql_bulk",
        "sql",
        "bigquery",
        "cloudwatch_logs",
        "kinesis_streams",
        "kinesis_firehose",
        "loki",
        "datadog",
        "splunk_hec",
        "newrelic",
        "td",
        "tdlog",
        "td_log",
        "influxdb",
        "redis",
        "gelf",
        "google_cloud",
        "stackdriver",
        "sumologic",
        "logzio",
        "azure-loganalytics",
        "websocket",
        "remote_syslog",
        "syslog",
      ].map((type) => [
        type,
        "Send by `forward` to a Fluentd or Fluent Bit that keeps this match; what takes JSON by HTTP is reached by `webhook`.",
      ]),
    ),
  },
};

function bulk(name: string): string {
  return `Its bulk interface wants a line of its own before each row, which \`webhook\` does not write: send by \`forward\` to a Fluentd, Fluent Bit or Data Prepper that keeps the ${name} output.`;
}
