export { type Components, settingsJsonSchema } from "./schema.ts";
export { type DeclaredAction, loadSettings, type Placed, readSettings, type ServerSettings, type Settings } from "./settings.ts";
