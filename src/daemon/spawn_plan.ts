/**
 * From a program's configuration to what the system needs to spawn it, or a typed reason why
 * not. The file is looked for here, before any spawn, because the system answers ENOENT alike
 * for a missing file, a missing interpreter and a missing directory.
 */
import { accessSync, constants, statSync } from "node:fs";
import { repr } from "../config/python_text.ts";
import { splitCommand } from "../config/shell_words.ts";
import type { ProcessSpec } from "../config/types.ts";
import type { UserEntry } from "../runtime/types.ts";
import type { CommandProblem } from "./types.ts";

export interface ResolvedCommand {
  readonly file: string;
  /** The words of the command; argv[0] as written. */
  readonly argv: readonly string[];
}

export type CommandLookup =
  | { readonly ok: true; readonly command: ResolvedCommand }
  | { readonly ok: false; readonly problem: CommandProblem };

/** Where a command without a slash is looked for when nobody set PATH. */
const DEFAULT_PATH = "/bin:/usr/bin:/usr/local/bin";

/**
 * Finds the file of a program's command as the reference does: the first file of that name on
 * PATH ends the search, even when it cannot be executed.
 *
 * @param daemonPath PATH of the daemon's own environment, used unless environment= sets one
 */
export function lookUpCommand(
  spec: Pick<ProcessSpec, "command" | "environment">,
  daemonPath: string | undefined,
): CommandLookup {
  const split = splitCommand(spec.command);
  if (!split.ok) {
    return unusable(`can't parse command ${repr(spec.command)}: ${split.reason}`);
  }
  const program = split.words[0];
  if (program === undefined) return unusable("command is empty");

  const file = program.includes("/") ? program : findOnPath(
    program,
    spec.environment["PATH"] ?? daemonPath ?? DEFAULT_PATH,
  );
  const stat = file === null ? undefined : statSync(file, { throwIfNoEntry: false });
  if (file === null || stat === undefined) {
    return { ok: false, problem: { kind: "missing", text: `can't find command '${program}'` } };
  }
  if (stat.isDirectory()) return unusable(`command at '${file}' is a directory`);
  if ((stat.mode & 0o111) === 0) return unusable(`command at '${file}' is not executable`);
  if (!mayExecute(file)) return unusable(`no permission to run command '${file}'`);
  return { ok: true, command: { file, argv: split.words } };
}

function unusable(text: string): CommandLookup {
  return { ok: false, problem: { kind: "unusable", text } };
}

function findOnPath(program: string, path: string): string | null {
  for (const directory of path.split(":")) {
    const candidate = directory === "" || directory.endsWith("/")
      ? directory + program
      : `${directory}/${program}`;
    try {
      if (statSync(candidate, { throwIfNoEntry: false }) !== undefined) return candidate;
    } catch {
      // a directory that cannot be searched is a directory without the file
    }
  }
  return null;
}

function mayExecute(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The environment of a child: the daemon's own, then SUPERVISOR_*, then environment= (which may
 * override both). HOME, USER, LOGNAME and SHELL are not touched unless there is a user.
 *
 * @param user who it is to find itself to be; null: that is left as it is
 * @param serverUrl what AUTO stands for; null: no server is configured
 */
export function childEnvironment(
  spec: ProcessSpec,
  daemonEnvironment: Readonly<Record<string, string>>,
  serverUrl: string | null,
  user: UserEntry | null = null,
): Record<string, string> {
  const url = spec.serverUrl ?? serverUrl;
  return {
    ...daemonEnvironment,
    SUPERVISOR_ENABLED: "1",
    ...(url === null || url === "" ? {} : { SUPERVISOR_SERVER_URL: url }),
    SUPERVISOR_PROCESS_NAME: spec.name,
    SUPERVISOR_GROUP_NAME: spec.group,
    ...(user === null ? {} : {
      HOME: user.home,
      USER: user.name,
      LOGNAME: user.name,
      SHELL: user.shell === undefined || user.shell === "" ? "/bin/sh" : user.shell,
    }),
    ...spec.environment,
  };
}
