export { parseFormat } from "./format_text.ts";
export { COMPONENTS } from "./components.ts";
export { DECISION_FIELDS, decisionField, type DecisionTargets } from "./decision_targets.ts";
export { type Components, settingsJsonSchema } from "./schema.ts";
export {
  dataDirOf,
  type DeclaredAction,
  functionsOf,
  loadSettings,
  type Placed,
  readSettings,
  type ServerSettings,
  type Settings,
} from "./settings.ts";
export { checkNamedFiles } from "./named_files.ts";
export { loadPack, type Pack, type PackLog, packNames, type PackQuery, PACKS_FOLDER } from "./pack.ts";
export { targetsOf } from "./source_targets.ts";
export { loadPackTests, type PackTest } from "./pack_tests.ts";
export type { OwnFunctions } from "./own_functions/functions_file.ts";
