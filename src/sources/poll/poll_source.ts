import { createHash } from "node:crypto";
import type { Inbox, Secret, Source, SourceContext, SourceStatus } from "../../component/index.ts";
import type { EventWriter } from "../../event/index.ts";
import { JsonEvents, jsonPlace } from "../../formats/index.ts";
import { type Counter, formatDuration, HotakaError, messageOf, type Timer } from "../../kit/index.ts";
import type { DestinationConfig } from "../line_settings.ts";
import { type NamedTarget, NamedTargets } from "../named_targets.ts";
import { RefusalCounter } from "../refusal_counter.ts";
import { boundedGet } from "./bounded_get.ts";
import { readMackerel, readPrometheus, type ReadSamples, type Sample } from "./metrics_text.ts";

/** Settings of a poll source, as its schema makes them. Times are milliseconds, sizes bytes. */
export interface PollConfig extends DestinationConfig {
  readonly url: Secret;
  readonly format: "json" | "prometheus" | "mackerel";
  readonly items?: readonly string[] | undefined;
  readonly interval: number;
  readonly jitter: number;
  readonly timeout: number;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly body_bytes_max: number;
}

/** Begins to poll. Throws HOTAKA_SECRET_MISSING, and HOTAKA_SOURCE_OPEN for what is no address of the web. */
export async function openPoll(config: PollConfig, context: SourceContext, random: () => number = Math.random): Promise<Source> {
  const written = await config.url.read(context.folder);
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new HotakaError("HOTAKA_SOURCE_OPEN", `${context.name}: url is no address of the web; https://host/path was wanted.`);
  }
  const headers = await Promise.all(Object.entries(config.headers).map(async ([name, value]) => [name, await value.read(context.folder)]));
  return new PollSource(config, { context, url, headers: Object.fromEntries(headers) as Record<string, string>, random });
}

/** Also a value that is whole is a float, or a target whose first sample was one would lose the fractions of all others. */
function putSample({ metric, value, type, labels }: Sample, into: EventWriter, timeMs: number): void {
  do {
    into.begin(timeMs);
    into.sink("metric").text(metric);
    into.sink("value").float(value);
    if (type !== undefined) into.sink("type").text(type);
    into.sink("labels").container(labels);
  } while (!into.end());
}

interface PollParts {
  readonly context: SourceContext;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Gets an address again and again. What it answers goes to the inbox first, as it cannot be asked for again. */
class PollSource implements Source {
  /** There is always a next time. */
  readonly finished = new Promise<void>(() => {});
  readonly #config: PollConfig;
  readonly #parts: PollParts;
  readonly #targets: NamedTargets;
  readonly #inbox: Inbox;
  readonly #json = new JsonEvents();
  readonly #polls: Counter;
  readonly #events: Counter;
  readonly #failed: RefusalCounter;
  readonly #refused: RefusalCounter;
  #timer: Timer | undefined;
  #polling: Promise<void> = Promise.resolve();
  #isClosed = false;
  /** Of the last time; undefined when all was well. */
  #problem: string | undefined;

  constructor(config: PollConfig, parts: PollParts) {
    const { context, url, random } = parts;
    this.#config = config;
    this.#parts = parts;
    this.#targets = new NamedTargets(context, config.target);
    const labels = { source: context.name };
    this.#polls = context.counters.counter("poll_requests", "Times that the address was asked.", labels);
    this.#events = context.counters.counter("poll_events", "Events of what it answered.", labels);
    this.#failed = new RefusalCounter(context, "poll_failures", "Times that the address gave no answer that can be used.");
    this.#refused = new RefusalCounter(context, "poll_events_refused", "What was answered and is no event.");
    const key = `poll ${config.target ?? config.tag} ${createHash("sha256").update(url.href).digest("hex").slice(0, 12)}`;
    this.#inbox = context.inbox(
      key,
      (body, arrivedMs) => this.#take(body, arrivedMs),
      () => this.#targets.flush(),
    );
    // Not all sources of all daemons at the instant of their start.
    this.#arm(Math.min(config.jitter, config.interval) * random());
  }

  status(): SourceStatus {
    const { url } = this.#parts;
    const every = `polling ${url.host} every ${formatDuration(this.#config.interval)}`;
    if (this.#problem !== undefined) return { sentence: `${every}: the last time ${this.#problem}`, ok: false };
    return { sentence: `${every}, ${this.#events.value} events`, ok: true };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#polling;
  }

  #arm(delayMs: number): void {
    if (this.#isClosed) return;
    this.#timer = this.#parts.context.clock.after(delayMs, () => {
      this.#polling = this.#poll();
    });
  }

  async #poll(): Promise<void> {
    const { context, random } = this.#parts;
    const { interval, jitter } = this.#config;
    if (context.steps.stopping) return;
    const startMs = context.clock.nowMs();
    try {
      await this.#ask();
    } catch (thrown) {
      this.#fail("defect", messageOf(thrown));
    }
    // By the time it began, so that a slow answer does not shift all that follow; and never two at once.
    const spentMs = context.clock.nowMs() - startMs;
    this.#arm(Math.max(interval - spentMs, 0) + jitter * random());
  }

  async #ask(): Promise<void> {
    const { context, url, headers } = this.#parts;
    const { timeout: timeoutMs, body_bytes_max: bytesMax } = this.#config;
    await context.room();
    this.#polls.add();
    const got = await boundedGet({ url: url.href, headers, timeoutMs, bytesMax, clock: context.clock, signal: context.steps.signal });
    if (context.steps.stopping) return;
    if (!("body" in got)) return this.#fail(got.reason, got.sentence);
    this.#problem = undefined;
    try {
      await this.#inbox.append(got.body, context.clock.nowMs());
    } catch (thrown) {
      if (!(thrown instanceof HotakaError)) throw thrown;
      if (thrown.code !== "HOTAKA_STOPPING") this.#fail("disk", thrown.message.replace(/\.$/, ""));
    }
  }

  #take(body: Buffer, arrivedMs: number): void {
    const target = this.#targets.find(this.#config.tag ?? "");
    if (target === undefined) return;
    if (this.#config.format === "json") this.#takeJson(body, target, arrivedMs);
    else this.#takeSamples(body, this.#config.format === "prometheus" ? readPrometheus : readMackerel, target, arrivedMs);
  }

  #takeJson(body: Buffer, { intake }: NamedTarget, arrivedMs: number): void {
    const { items = [] } = this.#config;
    const place = jsonPlace(body, items);
    if (place === undefined) {
      return this.#fail(
        "syntax",
        items.length === 0 ? "it answered what is not JSON" : `it answered no JSON that has ${items.join(".")} (items)`,
      );
    }
    const { taken, refused } = this.#json.takeDocument(body.subarray(place.start, place.end), intake.columns, arrivedMs);
    this.#events.add(taken);
    if (refused > 0) this.#refused.add("object", "some of what was answered is no object.", refused);
  }

  #takeSamples(body: Buffer, read: ReadSamples, { intake }: NamedTarget, arrivedMs: number): void {
    const refused = read(body.toString("utf8"), (sample) => {
      putSample(sample, intake.columns, intake.clock === "arrival" ? arrivedMs : (sample.timeMs ?? arrivedMs));
      this.#events.add();
    });
    if (refused > 0) this.#refused.add("line", `some lines that were answered are not of the format ${this.#config.format}.`, refused);
  }

  #fail(reason: string, sentence: string): void {
    this.#problem = sentence;
    this.#failed.add(reason, `${this.#parts.url.host} was asked, and ${sentence}.`);
  }
}
