export { type Action, type ActionContext, type ActionDefinition, type ActionRow, type BatchBounds, defineAction } from "./action.ts";
export { batchBounds, type BatchConfig, batchSettings } from "./batch_setting.ts";
export { clientTls, type ClientTlsConfig, clientTlsSetting } from "./client_tls.ts";
export type { Definition, Zod } from "./definition.ts";
export {
  defineEnforcer,
  type Enforcer,
  type EnforcerChange,
  type EnforcerContext,
  type EnforcerDefinition,
  type EnforcerMemory,
  type FittedBlocks,
  type WantedBlock,
} from "./enforcer.ts";
export {
  defineFilter,
  type EventValue,
  type FieldOrigin,
  type FilterContext,
  type FilterDefinition,
  type FilterPlan,
  type MadeOrigin,
  type Origin,
} from "./filter.ts";
export { defineFormat, type Format, type FormatDefinition, type LineEvents, type Records, type Refused, type Scanner } from "./format.ts";
export type { HookAnswer, HookHandler, HookRequest, Hooks } from "./hooks.ts";
export { missingPackage, type NeededPackage } from "./needed_package.ts";
export { type RowTemplate, template } from "./row_template.ts";
export {
  defineSource,
  type Inbox,
  type Intake,
  type OpenIntake,
  type Positions,
  type Source,
  type SourceContext,
  type SourceDefinition,
  type SourceStatus,
  type TargetFields,
} from "./source.ts";
export { checkSettings } from "./settings_check.ts";
export { parseSettings, pathText, SettingsDocument, SettingsError, type SettingsPath, type SettingsProblem } from "./settings_document.ts";
export { componentItem, type Declared, declaredIn } from "./settings_item.ts";
export { duration, type HostAndPort, hostAndPort, hostAndPortOf, Secret, secret, shown, size, worded } from "./settings_types.ts";
