/** Programs with limits are started by a start of this very program: runtime/launch.ts. */
import type { ProcessSpec } from "../../config/types.ts";
import type { SpawnRequest } from "../../runtime/spawn_types.ts";

import type { Process } from "../process.ts";
import type { Surroundings } from "../surroundings.ts";
import { makeLimitedGroup } from "./limited_groups.ts";

export { removeControlGroup } from "../control_groups.ts";

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

/**
 * Makes the control group of a process, if its limits need one, and wraps the request for its
 * command.
 *
 * @returns a string: why its control group cannot be had
 */
export function limitStart(
  process: Pick<Process, "spec" | "name" | "groupName" | "controlGroup">,
  { runtime, environment }: Surroundings,
  request: SpawnRequest,
): SpawnRequest | string {
  const { spec } = process;
  if (spec.cgroupLimits !== undefined) {
    const name = `${process.groupName}:${process.name}`;
    const made = makeLimitedGroup(runtime.pid, name, spec.cgroupLimits);
    if ("problem" in made) return made.problem;
    process.controlGroup = made.directory;
  }
  const { controlGroup } = process;
  const { selfCommand } = runtime;
  return launchRequest({ spec, selfCommand, environment, controlGroup }, request);
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
