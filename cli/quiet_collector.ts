/**
 * The runtime's settings for a daemon, and how it comes by them.
 *
 * Left alone, an idle Bun program is woken some ten times a second: by the timer of its garbage
 * collector, by the allocator's own thread, by helper threads of the engine that wait ten seconds
 * for work before they end. What governs them is read from the environment before any of our code
 * runs. The executables for glibc have them from their first instruction on (packaging/quiet_start);
 * everywhere else the daemon starts itself over with these variables set: in place, with the same
 * pid.
 *
 * This file is loaded before everything else and imports nothing of the program, so that what is
 * thrown away by starting over is a bare runtime.
 */
import process from "node:process";

/** What `Bun` reads at its start, and why it is set. */
const SETTINGS: Readonly<Record<string, string>> = {
  // No collection by the clock. Allocation still collects, and Runtime.releaseMemory() does.
  BUN_GC_TIMER_DISABLE: "1",
  // The engine's own timers: they wait for the length of the last collection divided by this.
  BUN_JSC_collectionTimerMaxPercentCPU: "0.0000001",
  // Threads of the engine that wait ten seconds for work before they end. A heap of a few megabytes
  // needs none of them; compiling by the way is as fast as long as it is not for the last few
  // percent (FTL), which would take many milliseconds at a time.
  BUN_JSC_numberOfGCMarkers: "1",
  BUN_JSC_useConcurrentGC: "0",
  BUN_JSC_useConcurrentJIT: "0",
  BUN_JSC_useFTLJIT: "0",
  BUN_JSC_useWarmUpMarkedBlocks: "0",
  // Freed pages go back to the system from the thread that freed them.
  MIMALLOC_SCAVENGER: "0",
};

/** Names the variables that we set, which are therefore not for children. */
const MARK = "SUPERVISORD_QUIET";

/** The mark's value where the executable itself has set the variables. */
const BUILT_IN = "start";

/** What the executable puts into its environment, as `NAME=value`. */
export function quietStartVariables(): string[] {
  return [...Object.entries(SETTINGS), [MARK, BUILT_IN]].map(([name, value]) => `${name}=${value}`);
}

let isBuiltIn = false;

/**
 * Takes the executable's own variables out of the environment, so that nobody below has to know of
 * them: they have been read. They come first, so what somebody else has set is what `process.env`
 * has, and stays.
 */
export function acceptQuietStart(): void {
  if (process.env[MARK] !== BUILT_IN) return;
  isBuiltIn = true;
  delete process.env[MARK];
  for (const [name, value] of Object.entries(SETTINGS)) {
    if (process.env[name] === value) delete process.env[name];
  }
}

/** What the daemon is to be started with: what somebody else has set stays as it is. */
export function quietVariables(): Record<string, string> {
  if (process.versions["bun"] === undefined || isBuiltIn) return {};
  if (process.env[MARK] !== undefined) return {};
  const ours = Object.entries(SETTINGS).filter(([name]) => process.env[name] === undefined);
  return { ...Object.fromEntries(ours), [MARK]: ours.map(([name]) => name).join(",") };
}

/**
 * Whether the arguments alone tell that the daemon will run in this very process. A wrong answer
 * costs a few milliseconds and nothing else.
 */
export function staysInForeground(args: readonly string[]): boolean {
  return args.some((word) => word === "-n" || word.startsWith("--nod") || word === "--demo");
}

/** Returns at once where there is nothing to do, otherwise not at all (or with the timers on). */
export function startOverQuietly(): void {
  const variables = quietVariables();
  if (Object.keys(variables).length === 0) return;
  const [, script = "", ...args] = process.argv;
  const words = [process.argv0, ...(isCompiled(script) ? [] : [script]), ...args];
  try {
    process.execve?.(process.execPath, words, { ...environmentOf(process.env), ...variables });
  } catch {
    // ten wake-ups a second are no reason not to start
  }
}

/** The environment for children: what only steers this program is taken out. */
export function inheritedEnvironment(internal: readonly string[]): Record<string, string> {
  const environment = environmentOf(process.env);
  for (const name of environment[MARK]?.split(",") ?? []) delete environment[name];
  for (const name of [MARK, ...internal]) delete environment[name];
  return environment;
}

/** Inside a compiled program the script is not a file of the system. */
function isCompiled(script: string): boolean {
  return script.startsWith("/$bunfs/");
}

function environmentOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const copy: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) copy[name] = value;
  return copy;
}
