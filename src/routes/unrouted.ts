import { type Counter, type Counters, type Log, oneLine } from "../kit/index.ts";

/**
 * Events that no route takes, counted by tag and told of when a tag is first seen. Senders choose their tags, so those beyond `TAGS_MAX` are
 * counted together.
 */
export class Unrouted {
  readonly #counters: Counters;
  readonly #log: Log;
  readonly #byTag = new Map<string, Counter>();
  #others: Counter | undefined;

  constructor({ counters, log }: { readonly counters: Counters; readonly log: Log }) {
    this.#counters = counters;
    this.#log = log;
  }

  /** The counter of a tag. */
  counter(tag: string): Counter {
    const known = this.#byTag.get(tag) ?? this.#others;
    if (known !== undefined && (this.#byTag.has(tag) || this.#byTag.size >= TAGS_MAX)) return known;
    const isRoom = this.#byTag.size < TAGS_MAX;
    const shown = oneLine(tag, TAG_CHARS_MAX);
    const counter = this.#counters.counter("route_events_unrouted", HELP, { tag: isRoom ? shown : "(others)" });
    if (isRoom) this.#byTag.set(tag, counter);
    else this.#others = counter;
    this.#log.warn(
      isRoom
        ? `routes: no route takes events tagged "${shown}": they are dropped and counted. Add a route that fits, or drop: true.`
        : `routes: ${TAGS_MAX} tags that no route takes were told of; of others nothing is said.`,
    );
    return counter;
  }
}

const TAGS_MAX = 100;
const TAG_CHARS_MAX = 200;
const HELP = "Events dropped because no route takes their tag.";
