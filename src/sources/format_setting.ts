export { formatSetting, openFormat } from "../formats/index.ts";
