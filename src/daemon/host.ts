/** What the daemon does to the process it runs in: user, limits, pid file. */
import { rmSync, writeFileSync } from "node:fs";
import { SystemError } from "../runtime/system_error.ts";
import type { Limit, Runtime } from "../runtime/types.ts";

/** Why the daemon cannot start, in the words that go to stderr, and the exit status. */
export class StartupError extends Error {
  readonly exitStatus: number;
  constructor(message: string, exitStatus = 2) {
    super(message);
    this.name = "StartupError";
    this.exitStatus = exitStatus;
  }
}

export const RUNNING_AS_ROOT =
  "Supervisor is running as root.  Privileges were not dropped because no user is specified in " +
  "the config file.  If you intend to run as root, you can set user=root in the config file to " +
  "avoid this message.";

/**
 * Becomes the user of [supervisord] for good.
 *
 * @throws StartupError when the system refuses
 */
export function dropPrivileges(runtime: Runtime, uid: number): void {
  const { system, users } = runtime;
  const current = system.getuid();
  if (current === uid) return;
  if (current !== 0) throw new StartupError("Can't drop privilege as nonroot user");
  const user = users.userById(uid);
  if (user === null) throw new StartupError(`Can't find uid ${uid}`);
  try {
    system.become({ uid, gid: user.gid, groups: users.groupsOf(user) });
  } catch (cause) {
    const call = cause instanceof SystemError ? cause.call : "";
    if (call.includes("setgroups")) {
      throw new StartupError("Could not set groups of effective user");
    }
    if (call.includes("gid")) throw new StartupError("Could not set group id of effective user");
    throw new StartupError(`Can't drop privilege: ${String(cause)}`);
  }
}

interface LimitRule {
  readonly resource: "nofile" | "nproc";
  readonly name: string;
  readonly minimum: number;
  readonly refusal: (minimum: number, hard: Limit["hard"]) => string;
}

function limitRules(minfds: number, minprocs: number): LimitRule[] {
  return [
    {
      resource: "nofile",
      name: "RLIMIT_NOFILE",
      minimum: minfds,
      refusal: (minimum, hard) =>
        `The minimum number of file descriptors required to run this process is ${minimum} as ` +
        'per the "minfds" command-line argument or config file setting. The current environment ' +
        `will only allow you to open ${hard} file descriptors.  Either raise the number of ` +
        "usable file descriptors in your environment (see README.rst) or lower the minfds " +
        "setting in the config file to allow the process to start.",
    },
    {
      resource: "nproc",
      name: "RLIMIT_NPROC",
      minimum: minprocs,
      refusal: (minimum, hard) =>
        `The minimum number of available processes required to run this program is ${minimum} ` +
        'as per the "minprocs" command-line argument or config file setting. The current ' +
        `environment will only allow you to open ${hard} processes.  Either raise the number of ` +
        "usable processes in your environment (see README.rst) or lower the minprocs setting in " +
        "the config file to allow the program to start.",
    },
  ];
}

/**
 * Raises the soft limits (and the hard ones, where allowed) to what is asked; never lowers one.
 *
 * @returns lines for the log
 * @throws StartupError when the system refuses
 */
export function raiseLimits(runtime: Runtime, minfds: number, minprocs: number): string[] {
  const lines: string[] = [];
  for (const rule of limitRules(minfds, minprocs)) {
    const limit = runtime.system.getLimit(rule.resource);
    if (limit.soft >= rule.minimum) continue;
    try {
      const hard = Math.max(limit.hard, rule.minimum);
      runtime.system.setLimit(rule.resource, { soft: rule.minimum, hard });
      lines.push(`Increased ${rule.name} limit to ${rule.minimum}`);
    } catch {
      throw new StartupError(rule.refusal(rule.minimum, limit.hard));
    }
  }
  return lines;
}

/**
 * Writes the pid file.
 *
 * @returns what removes it again; null when it could not be written
 */
export function writePidFile(path: string, pid: number): (() => void) | null {
  try {
    writeFileSync(path, `${pid}\n`);
  } catch {
    return null;
  }
  return () => {
    try {
      rmSync(path);
    } catch {
      // somebody else removed it: it is gone, which is what was wanted
    }
  };
}
