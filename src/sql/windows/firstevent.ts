import { defineWindow } from "../vocabulary.ts";
import { ChosenWindow } from "./chosen.ts";

export const firstevent = defineWindow({
  name: "std:firstevent",
  summary: "Keeps the very first event.",
  parameters: [],
  example: "SELECT host, path FROM access.std:firstevent()",
  after: "Esper 5.2 reference, 'First Event (std:firstevent)'",
  resolve(parameters) {
    if (parameters.length > 0) return "it takes no parameters.";
    return { open: () => new ChosenWindow((_event, held) => held === 0), pace: undefined, refuses: true };
  },
});
