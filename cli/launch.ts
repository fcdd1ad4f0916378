/** A start of this program that is to become somebody else's: see src/daemon/launch_plan.ts. */
import process from "node:process";
import { launch, type LaunchRequest } from "../src/runtime/launch.ts";

/** In front of the names of the command's own variables, so that none of them is ours. */
export const CHILD_PREFIX = "SUPERVISORD_CHILD_";

/** @returns why the command could not be started */
export function becomeCommand(request: string): string {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!name.startsWith(CHILD_PREFIX) || value === undefined) continue;
    env[name.slice(CHILD_PREFIX.length)] = value;
  }
  const reason = launch(JSON.parse(request) as LaunchRequest, env);
  return `supervisor: ${reason}\nsupervisor: child process was not spawned\n`;
}
