import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sourceSuite } from "../../../test/suites/source_suite.ts";
import { replay } from "./replay.ts";

sourceSuite(replay, (folder) => {
  writeFileSync(join(folder, "log"), "a\n".repeat(5000));
  return { settings: { path: "log", format: "none", target: "events" }, events: 5000 };
});
