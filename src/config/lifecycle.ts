/**
 * The keys about what happens around a process: hooks, several stop signals, reload, pid file.
 * What is not configured is not in the result, so that a program without any of it is the very
 * object it was.
 */
import { HOOK_NAMES, type HookName, type HookSpec } from "../process/hooks.ts";
import type { StopStep } from "../process/stop_steps.ts";
import { ValueError } from "./errors.ts";
import { PROGRAM } from "./options/program.ts";
import { repr } from "./python_text.ts";
import type { SectionReader } from "./section_reader.ts";
import { splitCommand } from "./shell_words.ts";

export interface LifecycleSettings {
  readonly hooks?: HookSpec;
  readonly reloadSignal?: number;
  readonly pidFile?: string;
}

/** @throws ConfigError, or notes it */
export function readLifecycle(reader: SectionReader): LifecycleSettings {
  const reloadSignal = reader.read(PROGRAM.reload_signal);
  const pidFile = reader.read(PROGRAM.pid_file);
  const hooks = readHooks(reader);
  return {
    ...(hooks === null ? {} : { hooks }),
    ...(reloadSignal === null ? {} : { reloadSignal }),
    ...(pidFile === null ? {} : { pidFile: absolutePath(reader, pidFile) }),
  };
}

function readHooks(reader: SectionReader): HookSpec | null {
  const timeoutSecs = reader.read(PROGRAM.hook_timeout);
  const commands: Partial<Record<HookName, string>> = {};
  for (const name of HOOK_NAMES) {
    const command = reader.read(PROGRAM[name]);
    if (command === null || (name === "on_fatal" && isAction(command))) continue;
    reader.rule(name, () => checkCommand(command), () => {});
    commands[name] = command;
  }
  return Object.keys(commands).length === 0 ? null : { commands, timeoutSecs };
}

/** `on_fatal` takes a word for what the daemon does as well as a command. */
function isAction(value: string): boolean {
  return value.toLowerCase() === "shutdown";
}

/** What cannot be split into words would only be found out at the worst moment. */
function checkCommand(command: string): void {
  const wanted = "a command as in command=; no shell is run";
  const split = splitCommand(command);
  if (!split.ok) {
    throw new ValueError(`can't parse command ${repr(command)}: ${split.reason}`, wanted);
  }
  if (split.words.length === 0) throw new ValueError("the command is empty", wanted);
}

function absolutePath(reader: SectionReader, path: string): string {
  reader.rule("pid_file", () => {
    if (path.startsWith("/")) return;
    throw new ValueError(`pid_file is not an absolute path: ${repr(path)}`, "an absolute path");
  }, () => {});
  return path;
}

/**
 * `stop_signals` if there is one, else `stopsignal`, which may be a list as well.
 *
 * @returns `stopSignal` is the first; `stopSteps` only where one signal cannot say the same
 */
export function stopSettings(
  stopsignal: readonly StopStep[],
  list: readonly StopStep[] | null,
): { readonly stopSignal: number; readonly stopSteps?: readonly StopStep[] } {
  const steps = list ?? stopsignal;
  const stopSignal = steps[0]?.signal ?? 0;
  const isPlain = steps.length === 1 && steps[0]?.waitSecs === null;
  return isPlain ? { stopSignal } : { stopSignal, stopSteps: steps };
}
