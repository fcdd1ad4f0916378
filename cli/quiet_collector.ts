/**
 * Bun wakes nine times a second for its garbage collection timer, for ever. It can be switched
 * off by a variable that is read before any of our code runs, so the daemon starts itself over
 * with it, in place: the same pid, a few milliseconds. Allocation still collects.
 */
import process from "node:process";
import type { Runtime } from "../src/runtime/types.ts";

const SWITCH = "BUN_GC_TIMER_DISABLE";
/** Says that the switch is ours and not for children. */
const MARK = "SUPERVISORD_QUIET";

export const INTERNAL_VARIABLES: readonly string[] = [MARK];

/** Returns at once where there is nothing to do, otherwise not at all (or with the timer on). */
export function quietCollector(runtime: Runtime): void {
  if (runtime.name !== "bun" || process.env[SWITCH] !== undefined) return;
  const [file, ...first] = runtime.selfCommand;
  const name = first.length === 0 ? runtime.invokedAs : (file as string);
  try {
    runtime.system.execve(file as string, [name, ...first, ...runtime.args], {
      ...environmentOf(process.env),
      [SWITCH]: "1",
      [MARK]: "1",
    });
  } catch {
    // nine wake-ups a second are no reason not to start
  }
}

/** The environment for children: what only steers this program is taken out. */
export function inheritedEnvironment(internal: readonly string[]): Record<string, string> {
  const environment = environmentOf(process.env);
  if (environment[MARK] !== undefined) delete environment[SWITCH];
  for (const name of [...INTERNAL_VARIABLES, ...internal]) delete environment[name];
  return environment;
}

function environmentOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const copy: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) copy[name] = value;
  return copy;
}
