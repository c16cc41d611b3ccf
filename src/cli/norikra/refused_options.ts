/** An option of `norikra start` that means nothing here, and why. */
interface RefusedOption {
  /** As it is written. */
  readonly name: string;
  /** As commander declares it. */
  readonly flags: string;
  /** As commander gives it. */
  readonly key: string;
  readonly reason: string;
}

/** All of them: an option that were taken and did nothing would be a promise that is not kept. */
export const REFUSED_OPTIONS: readonly RefusedOption[] = [
  refused("--shutoff", "", "there is no shut-off mode, because what is kept in memory is bounded."),
  refused("--shutoff-threshold", " <value>", "there is no shut-off mode, because what is kept in memory is bounded."),
  refused("--shutoff-check-interval", " <value>", "there is no shut-off mode, because what is kept in memory is bounded."),
  refused("--bare-jvm", "", "it runs without a JVM."),
  refused("--gc-log", " [file]", "it runs without a JVM; `node --trace-gc bin/hotaka` shows what Node collects."),
  refused("--log4j-properties-path", " <file>", "it logs without log4j; --logdir, --log-filesize and --log-backups say where to."),
  refused("--ui-context-path", " <path>", "the API stands at its paths; a proxy in front can put others before them."),
  ...["--micro", "--small", "--middle", "--large"].map((name) => refused(name, "", "it has one engine thread, whatever the load.")),
  ...["inbound", "outbound", "route", "timer"].flatMap((kind) => [
    refused(`--${kind}-threads`, " <value>", "it has one engine thread, whatever the load."),
    refused(`--${kind}-thread-capacity`, " <value>", "it has one engine thread, whatever the load."),
  ]),
  ...["rpc", "web"].map((kind) => refused(`--${kind}-threads`, " <value>", "requests are served by one thread, whatever their number.")),
];

/** What `norikra start` hands on to Java. */
export const jvmOptions = /^-(?:X|D|verbose:|javaagent:|agentlib:|agentpath:)/;

function refused(name: string, argument: string, reason: string): RefusedOption {
  const key = name.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return { name, flags: `${name}${argument}`, key, reason };
}
