import type { Value } from "../../event/index.ts";
import { defineWindow } from "../vocabulary.ts";
import { type Derivation, derivedForm } from "./derived.ts";

export const size = defineWindow({
  name: "std:size",
  summary: "Gives on how many events there are, whenever that changes.",
  parameters: [{ name: "beside", kind: "expression", doc: "Fields of the latest event to be put beside it.", optional: true }],
  example: "SELECT size FROM access.win:time(1 min).std:size()",
  after: "Esper 5.2 reference, 'Size (std:size)'",
  resolve: (parameters) => derivedForm({ size: "integer" }, parameters, () => new Count(), true),
});

class Count implements Derivation {
  #count = 0;

  enter(): void {
    this.#count++;
  }

  leave(): void {
    this.#count--;
  }

  values(): readonly Value[] {
    return [this.#count];
  }

  save(): unknown {
    return this.#count;
  }

  restore(saved: unknown): void {
    this.#count = saved as number;
  }
}
