import { defineFormat } from "../../component/index.ts";
import { COMBINED_FIELDS, CombinedScanner } from "./scanner.ts";

/** The combined and the common log format: no settings; its fields are those of `COMBINED_FIELDS`. */
export const combined = defineFormat({
  name: "combined",
  summary: "The combined log format of Apache and nginx, and the common log format, which lacks referer and agent.",
  config: (z) => z.strictObject({}),
  examples: [{}],
  open: () => ({
    fields: COMBINED_FIELDS,
    scanner: (schema, demand) => new CombinedScanner(schema, demand),
  }),
});
