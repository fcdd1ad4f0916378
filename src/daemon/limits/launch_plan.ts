/** Programs with limits are started by a start of this very program: runtime/launch.ts. */
import type { ProcessSpec } from "../../config/types.ts";
import type { SpawnRequest } from "../../runtime/types.ts";

export { removeControlGroup } from "../control_groups.ts";
export { makeLimitedGroup } from "./limited_groups.ts";

/** Tells a start of this program what to become. */
const LAUNCH_VARIABLE = "SUPERVISORD_LAUNCH";

/**
 * In front of the names of the child's own variables: one like LD_PRELOAD is meant for the command
 * and its user, not for this program while it still has the daemon's rights.
 */
const CHILD_PREFIX = "SUPERVISORD_CHILD_";

export interface LaunchOptions {
  readonly spec: ProcessSpec;
  readonly selfCommand: readonly string[];
  /** The daemon's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Directory; null: none. */
  readonly controlGroup: string | null;
}

/** @param request for the command itself */
export function launchRequest(options: LaunchOptions, request: SpawnRequest): SpawnRequest {
  const { spec, selfCommand, environment, controlGroup } = options;
  const { file, argv, cwd, umask, credentials } = request;
  const plan = JSON.stringify({
    file,
    argv,
    cwd,
    umask,
    credentials,
    descriptors: [...request.descriptors?.keys() ?? []],
    confinement: spec.confinement ?? {},
    controlGroup,
  });
  const theirs = Object.entries(request.env).map(([name, value]) => [CHILD_PREFIX + name, value]);
  return {
    ...request,
    file: selfCommand[0] as string,
    argv: selfCommand,
    env: { ...environment, ...Object.fromEntries(theirs), [LAUNCH_VARIABLE]: plan },
    cwd: null,
    umask: null,
    credentials: null,
  };
}
