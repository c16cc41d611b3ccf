import type { OpenIntake, SourceContext } from "../component/index.ts";
import { MsgpackEvents } from "../event/index.ts";
import { messageOf } from "../kit/index.ts";
import { RefusalCounter } from "./refusal_counter.ts";

/** The way into a target whose events are of any shape. */
export interface NamedTarget {
  readonly intake: OpenIntake;
  /** Reads MessagePack into its columns. */
  readonly msgpack: MsgpackEvents;
}

/** The targets that events name as they come: opened when they are first named, remembered, and handed what was read at each `flush`. */
export class NamedTargets {
  readonly #context: SourceContext;
  readonly #known = new Map<string, NamedTarget | undefined>();
  readonly #touched = new Set<OpenIntake>();
  readonly #refused: RefusalCounter;

  constructor(context: SourceContext) {
    this.#context = context;
    const help = "Events and messages whose target could not be opened: its name cannot be one, or there are too many targets.";
    this.#refused = new RefusalCounter(context, "source_targets_refused", help);
  }

  /** The target that `name` stands for: what cannot stand in the name of a target is `_` in it. Undefined, and counted, when it cannot be. */
  find(name: string): NamedTarget | undefined {
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

  /** Hands on what was read. */
  flush(): void {
    for (const { columns } of this.#touched) columns.flush();
    this.#touched.clear();
  }

  #open(name: string): NamedTarget | undefined {
    try {
      const intake = this.#context.openIntake(targetName(name));
      return { intake, msgpack: new MsgpackEvents(intake.columns) };
    } catch (thrown) {
      this.#refused.add("target", messageOf(thrown));
      return undefined;
    }
  }
}

/** `web.access` as `web_access`, which SQL can name. */
function targetName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, "_");
}

/** Names are chosen by who sends. */
const NAMES_MAX = 10_000;
