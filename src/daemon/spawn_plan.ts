/**
 * From a program's configuration to what the system needs to spawn it, or a typed reason why
 * not. The file is looked for here, before any spawn, because the system answers ENOENT alike
 * for a missing file, a missing interpreter and a missing directory.
 */
import { accessSync, constants, type Stats, statSync } from "node:fs";
import { repr } from "../config/python_text.ts";
import { splitCommand } from "../config/shell_words.ts";
import type { ProcessSpec } from "../config/types.ts";
import type { SpawnRequest } from "../runtime/spawn_types.ts";
import type { Runtime, UserEntry } from "../runtime/types.ts";
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
  spec: Pick<ProcessSpec, "command" | "environment" | "confinement">,
  daemonPath: string | undefined,
): CommandLookup {
  const split = splitCommand(spec.command);
  if (!split.ok) {
    return unusable(`can't parse command ${repr(spec.command)}: ${split.reason}`);
  }
  const program = split.words[0];
  if (program === undefined) return unusable("command is empty");

  const path = spec.environment["PATH"] ?? daemonPath ?? DEFAULT_PATH;
  // Where the command will find itself, and where that is from here.
  const root = spec.confinement?.chroot ?? "";
  const key = root + (program.includes("/") ? program : `${program}\0${path}`);
  const known = foundThisTurn.get(key);
  if (known !== undefined) return { ok: true, command: { file: known, argv: split.words } };

  const found = program.includes("/") ? fileAt(program, root) : findOnPath(program, path, root);
  if (found === null) {
    return { ok: false, problem: { kind: "missing", text: `can't find command '${program}'` } };
  }
  const { file, stat } = found;
  if (stat.isDirectory()) return unusable(`command at '${file}' is a directory`);
  if ((stat.mode & 0o111) === 0) return unusable(`command at '${file}' is not executable`);
  if (!mayExecute(root + file)) return unusable(`no permission to run command '${file}'`);
  rememberThisTurn(key, file);
  return { ok: true, command: { file, argv: split.words } };
}

/**
 * Commands that can be run, until the code that is running has come to its end: a call to start a
 * hundred processes asks two hundred times, each time of every directory on PATH.
 */
const foundThisTurn = new Map<string, string>();

function rememberThisTurn(key: string, file: string): void {
  if (foundThisTurn.size === 0) queueMicrotask(() => foundThisTurn.clear());
  foundThisTurn.set(key, file);
}

interface FoundFile {
  readonly file: string;
  readonly stat: Stats;
}

function unusable(text: string): CommandLookup {
  return { ok: false, problem: { kind: "unusable", text } };
}

/** @throws Error for a directory that cannot be searched */
function fileAt(file: string, root: string): FoundFile | null {
  const stat = statSync(root + file, { throwIfNoEntry: false });
  return stat === undefined ? null : { file, stat };
}

function findOnPath(program: string, path: string, root: string): FoundFile | null {
  for (const directory of path.split(":")) {
    const candidate = directory === "" || directory.endsWith("/")
      ? directory + program
      : `${directory}/${program}`;
    try {
      const found = fileAt(candidate, root);
      if (found !== null) return found;
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
 * What the environment of a child has on top of the daemon's own: SUPERVISOR_*, then environment=
 * (which may override both). HOME, USER, LOGNAME and SHELL are not touched unless there is a user.
 *
 * @param user who it is to find itself to be; null: that is left as it is
 * @param serverUrl what AUTO stands for; null: no server is configured
 */
export function childEnvironment(
  spec: ProcessSpec,
  serverUrl: string | null,
  user: UserEntry | null = null,
): Record<string, string> {
  const url = spec.serverUrl ?? serverUrl;
  return {
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

/**
 * Who a child is to run as.
 *
 * @param uid null: as whoever runs the daemon
 * @returns null: nothing needs to be changed; a string: why that user cannot be had
 */
export function planCredentials(
  uid: number | null,
  { system, users }: Pick<Runtime, "system" | "users">,
): SpawnRequest["credentials"] | string {
  if (uid === null) return null;
  const current = system.getuid();
  if (uid === current) return null;
  const user = users.userById(uid);
  if (user === null) return `couldn't setuid to ${uid}: Can't find uid ${uid}`;
  if (current !== 0) return `couldn't setuid to ${uid}: Can't drop privilege as nonroot user`;
  return { uid, gid: user.gid, groups: users.groupsOf(user) };
}

/** Whom the environment of a child describes; null, unless its program asks for it: nobody. */
export function userToBe(
  { setHome, uid }: Pick<ProcessSpec, "setHome" | "uid">,
  { system, users }: Pick<Runtime, "system" | "users">,
): UserEntry | null {
  return setHome === undefined ? null : users.userById(uid ?? system.getuid());
}
