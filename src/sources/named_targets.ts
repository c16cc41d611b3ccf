import type { OpenIntake, SourceContext } from "../component/index.ts";
import { MsgpackEvents, MsgpackNarrowing } from "../event/index.ts";
import { messageOf } from "../kit/index.ts";
import { RefusalCounter } from "./refusal_counter.ts";

/** The way into a target whose events are of any shape. */
export interface NamedTarget {
  readonly intake: OpenIntake;
  /** Reads MessagePack into its columns. */
  readonly msgpack: MsgpackEvents;
  /** Leaves out of MessagePack what nobody asks for. */
  readonly narrowing: MsgpackNarrowing;
}

/** The ways that the tags of events name as they come: opened when they are first named, remembered, and handed what was read at each `flush`. */
export class NamedTargets {
  readonly #context: SourceContext;
  readonly #target: string | undefined;
  readonly #known = new Map<string, NamedTarget | undefined>();
  readonly #touched = new Set<OpenIntake>();
  readonly #refused: RefusalCounter;

  /** With `target` all goes there, whatever its tag. */
  constructor(context: SourceContext, target?: string) {
    this.#context = context;
    this.#target = target;
    const help = "Events and messages whose target could not be opened: its name cannot be one, or there are too many targets.";
    this.#refused = new RefusalCounter(context, "source_targets_refused", help);
  }

  /** Where events of that tag go. Undefined, and counted, when its target cannot be. */
  find(tag: string): NamedTarget | undefined {
    const name = this.#target ?? tag;
    let target = this.#known.get(name);
    if (target === undefined || target.intake.isClosed) {
      target = this.#open(name);
      if (target === undefined) return undefined;
      if (this.#known.size >= NAMES_MAX) this.#known.clear();
      this.#known.set(name, target);
    }
    this.#touched.add(target.intake);
    return target;
  }

  /** As `find`, where that is open already. */
  known(tag: string): NamedTarget | undefined {
    const target = this.#known.get(this.#target ?? tag);
    return target?.intake.isClosed === false ? target : undefined;
  }

  /** Hands on what was read. */
  flush(): void {
    for (const { columns } of this.#touched) columns.flush();
    this.#touched.clear();
  }

  #open(name: string): NamedTarget | undefined {
    try {
      const intake = this.#target === undefined ? this.#context.openTagged(name) : this.#context.openIntake(name);
      return { intake, msgpack: new MsgpackEvents(intake.columns), narrowing: new MsgpackNarrowing(intake.columns) };
    } catch (thrown) {
      this.#refused.add("target", messageOf(thrown));
      return undefined;
    }
  }
}

/** Names are chosen by who sends. */
const NAMES_MAX = 10_000;
