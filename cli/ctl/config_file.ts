/** supervisorctl's settings by the complete rules, for files that the quick reader leaves alone. */
import process from "node:process";
import { hostEnvironment } from "../../src/config/host_environment.ts";
import { loadCtlConfig } from "../../src/config/load.ts";
import type { CtlConfig } from "../../src/config/types.ts";
import { createFileUserDatabase } from "../../src/runtime/users.ts";

/**
 * @param configFile null: look on the search path
 * @throws ConfigError
 */
export function readConfigFile(configFile: string | null, executable: string): CtlConfig {
  return loadCtlConfig({
    configFile,
    executable,
    environment: hostEnvironment({
      // Only homes are asked for (`~name` in a path); that is not worth loading libc.
      users: createFileUserDatabase({ passwd: "/etc/passwd", group: "/etc/group" }),
      uid: process.getuid?.() ?? 0,
    }),
  });
}
