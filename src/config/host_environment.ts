/** The outside world of this machine, as loading sees it. Tests bring their own. */
import { accessSync, constants, readdirSync, readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import type { FileFacts, LoadEnvironment } from "./types.ts";

const TEMP_VARIABLES = ["TMPDIR", "TEMP", "TMP"];
const TEMP_DIRECTORIES = ["/tmp", "/var/tmp", "/usr/tmp"];

function stat(path: string): FileFacts | null {
  try {
    const facts = statSync(path);
    return { isDirectory: facts.isDirectory(), isFile: facts.isFile(), mode: facts.mode & 0o7777 };
  } catch {
    // Whatever keeps us from looking at it, for us it is not there (os.path.exists does the same).
    return null;
  }
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function isWritableDirectory(path: string): boolean {
  if (stat(path)?.isDirectory !== true) return false;
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where Python's tempfile would put files: TMPDIR, TEMP, TMP, the usual places, here. */
export function findTempDirectory(
  env: Readonly<Record<string, string>>,
  cwd: string,
): string {
  const named = TEMP_VARIABLES.map((name) => env[name]).filter((path) => path !== undefined);
  const candidates = [...named.filter((path) => path !== ""), ...TEMP_DIRECTORIES];
  return candidates.find(isWritableDirectory) ?? cwd;
}

function definedEnvironment(): Record<string, string> {
  const pairs = Object.entries(process.env);
  return Object.fromEntries(
    pairs.filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** What loading a configuration needs to know and cannot find out by itself. */
export interface HostOptions {
  /** The user database; `getRuntime().users` is one. */
  readonly users: LoadEnvironment["users"];
  /** Of the user that the configuration is loaded as. */
  readonly uid: number;
  /** Nodename; default is what the runtime says. */
  readonly hostName?: string;
  /** Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the working directory of this process. */
  readonly cwd?: string;
}

/** Files through node:fs; users and the node name as the caller has them. */
export function hostEnvironment(options: HostOptions): LoadEnvironment {
  const env = options.env ?? definedEnvironment();
  const cwd = options.cwd ?? process.cwd();
  const { users, uid } = options;
  return {
    readFile: (path) => readFileSync(path),
    listDirectory,
    stat,
    cwd,
    env,
    hostName: options.hostName ?? hostname(),
    uid,
    // Looked for only when asked: most configurations say childlogdir=, and clients never ask.
    get tempDirectory() {
      return findTempDirectory(env, cwd);
    },
    get home() {
      return env["HOME"] ?? users.userById(uid)?.home ?? "";
    },
    users,
  };
}
