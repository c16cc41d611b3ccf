import { HotakaError, isLoopbackHost } from "../kit/index.ts";
import type { Settings } from "../settings/index.ts";

/**
 * Nothing listens where others can reach it until there are credentials, or until the settings say in so many words that there shall be
 * none. Throws HOTAKA_SERVER_EXPOSED.
 */
export function checkExposure({ server, file }: Settings, hasTokens: boolean): void {
  const { host } = server.listen;
  if (isLoopbackHost(host) || hasTokens || server.isOpenToNetwork) return;
  throw new HotakaError(
    "HOTAKA_SERVER_EXPOSED",
    `${file}: server.listen is ${host}, which other machines can reach, and there is no token yet, so anybody could ask. Make one with \`hotaka token create NAME --config ${file}\`, or listen on 127.0.0.1.`,
  );
}
