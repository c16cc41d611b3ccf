import type { Value } from "../../event/index.ts";
import { isIntegral, type Type } from "../plan/type.ts";
import type { AggregateArguments, AggregateForm } from "../vocabulary.ts";
import { EventList } from "./event_list.ts";

/** The place that an argument behind the value names; a sentence when it is none. */
export function placeOf({ types, constants }: AggregateArguments, at: number): number | string {
  const place = constants[at];
  const type = types[at];
  if (type === undefined || !isIntegral(type)) return "its place is a whole number, counted from 0.";
  return typeof place === "number" && place >= 0 ? place : "its place is a constant, 0 or more.";
}

/** `first` and `last`: of the value or, for `*`, of the event; with a place, so many events further in. */
export function positional(given: AggregateArguments, fromEnd: boolean): AggregateForm | string {
  const { types, star, row } = given;
  const placed = star ? 0 : 1;
  if (!star && types.length === 0) return "it takes a value or *.";
  const named = types.length > placed;
  const place = named ? placeOf(given, placed) : 0;
  if (typeof place === "string") return place;
  const type: Type = star ? row : types[0]!;
  return {
    type,
    values: placed,
    constants: named ? 1 : 0,
    takesEvent: true,
    open: () => new AtPlace(place, fromEnd),
    cells: undefined,
  };
}

class AtPlace extends EventList {
  readonly #place: number;
  readonly #fromEnd: boolean;

  constructor(place: number, fromEnd: boolean) {
    super();
    this.#place = place;
    this.#fromEnd = fromEnd;
  }

  value(): Value {
    return this.at(this.#fromEnd ? this.size - 1 - this.#place : this.#place);
  }
}
