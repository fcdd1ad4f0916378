/**
 * The usual mistakes, recognised by what a failed process left behind. A hint is a guess, and is
 * worded as one where it is; rules stand in the order of how much they explain.
 */
import { type ExitStatus, signalName } from "./signals.ts";

/** One guess at what is the matter. */
export interface Hint {
  /** For programs: `port-in-use`. */
  readonly code: string;
  /** For people: what is the matter and what to do, a sentence or two without a full stop. */
  readonly text: string;
}

/** What the file behind a command turned out to be, when the system refused to run it. */
export interface CommandFile {
  readonly path: string;
  /** The words behind `#!` as far as the first blank; null when it has no such line. */
  readonly interpreter: string | null;
  readonly interpreterExists: boolean;
  /** The first line ends in CR LF. */
  readonly hasWindowsLineEnds: boolean;
  readonly isElf: boolean;
}

/** All that the rules look at. */
export interface FailureFacts {
  /** null: there never was a process. */
  readonly exit: ExitStatus | null;
  readonly spawnError: string | null;
  /** Not long enough up to count as started. */
  readonly isQuick: boolean;
  readonly command: string;
  readonly directory: string | null;
  /** The user it was to run as, by number; null: the daemon's own. */
  readonly uid: number | null;
  /** Last lines of both streams, stderr first, in one text. */
  readonly output: string;
  readonly oomKilled: boolean | null;
  /** pids of what the process has left running. */
  readonly leftRunning: readonly number[];
  /** null: it was not looked at. */
  readonly file: CommandFile | null;
}

interface Rule {
  readonly code: string;
  /** null: the rule does not apply. */
  readonly say: (facts: FailureFacts) => string | null;
}

/** At most this many are told: more is noise. */
const MOST_HINTS = 3;

export function hintsFor(facts: FailureFacts): readonly Hint[] {
  const hints: Hint[] = [];
  for (const { code, say } of RULES) {
    const text = say(facts);
    if (text !== null) hints.push({ code, text });
    if (hints.length === MOST_HINTS) break;
  }
  return hints;
}

/** What the daemon itself said about the start, and what the process said: both may tell. */
function allText({ spawnError, output }: FailureFacts): string {
  return spawnError === null ? output : `${spawnError}\n${output}`;
}

/** A rule that looks for words; the first group of the expression is handed on. */
function words(
  code: string,
  pattern: RegExp,
  say: (found: string, facts: FailureFacts) => string,
): Rule {
  return {
    code,
    say(facts) {
      const match = pattern.exec(allText(facts));
      return match === null ? null : say((match[1] ?? "").trim(), facts);
    },
  };
}

function isExit({ exit }: FailureFacts, ...codes: number[]): boolean {
  return exit?.type === "exited" && codes.includes(exit.code);
}

function isSignal({ exit }: FailureFacts, ...names: string[]): boolean {
  return exit?.type === "signalled" && names.includes(signalName(exit.signal));
}

const RULES: readonly Rule[] = [
  {
    code: "out-of-memory",
    say: ({ oomKilled }) =>
      oomKilled === true
        ? "the kernel killed it because memory ran out: give it (or its container) more, or find " +
          "out what it needs it for"
        : null,
  },
  {
    code: "windows-line-ends",
    say: ({ file }) =>
      file?.hasWindowsLineEnds === true && !file.interpreterExists
        ? `the first line of ${file.path} ends with CR LF, so that the interpreter looked for has ` +
          "a CR at the end of its name: convert the file to Unix line ends"
        : null,
  },
  {
    code: "missing-interpreter",
    say: ({ file }) =>
      file !== null && file.interpreter !== null && !file.interpreterExists
        ? `${file.path} is there, but its interpreter ${file.interpreter} (first line) is not: ` +
          "install it, or correct the first line"
        : null,
  },
  {
    code: "missing-loader",
    say: (facts) =>
      facts.file?.isElf === true && /\bENOENT\b/.test(allText(facts))
        ? `${facts.file.path} is there, but the loader it asks for is not: it was probably built ` +
          "for another C library (musl or glibc) or another system"
        : null,
  },
  {
    code: "no-interpreter-line",
    say: (facts) =>
      /couldn't exec .*: ENOEXEC/.test(allText(facts))
        ? facts.file?.isElf === true
          ? "the file was built for another processor"
          : "the file is neither a program for this system nor a script with a first line like " +
            "#!/bin/sh: add that line, or name the interpreter in command="
        : null,
  },
  words(
    "wrong-directory",
    /couldn't chdir to (.*): (?:ENOENT|ENOTDIR)/,
    (directory) => `directory=${directory} does not exist: create it, or correct the setting`,
  ),
  words(
    "directory-not-permitted",
    /couldn't chdir to (.*): EACCES/,
    (directory) => `the user of the program may not enter directory=${directory}`,
  ),
  words(
    "not-executable",
    /(?:command at '(.*)' is not executable|couldn't exec .*: EACCES|no permission to run command)/,
    (path) =>
      path === ""
        ? "the user of the program may not execute the file, or a directory above it, or its file " +
          "system is mounted noexec"
        : `make it executable (chmod +x ${path}), or name the interpreter in command=`,
  ),
  words(
    "command-not-found",
    /can't find command '(.*)'/,
    (name) =>
      name.includes("/")
        ? `there is no file ${name}: correct the path in command=` +
          (name.startsWith("/") ? "" : " (a relative one counts from the daemon's directory)")
        : `${name} is in no directory of PATH: write the whole path in command=, or set PATH in ` +
          "environment=",
  ),
  words(
    "unknown-user",
    /couldn't setuid to (\S+): Can't drop privilege as nonroot user/,
    () => "the daemon does not run as root, so it cannot start programs as another user",
  ),
  words("unknown-user", /couldn't setuid to (\S+):/, (uid) => `user ${uid} cannot be changed to`),
  words(
    "too-many-processes",
    /Too many processes in process table/,
    () => "the limit of processes is reached: raise it for the daemon's user, or pids.max",
  ),
  words(
    "port-in-use",
    /((?:EADDRINUSE|address already in use|Address in use|port is already allocated|bind\(\) to \S+ failed \(98)[^\n]*)/i,
    (_found, facts) => portHint(allText(facts)),
  ),
  words(
    "missing-library",
    /(?:error while loading shared libraries|Error loading shared library):? ?([^\s:]+)/,
    (library) =>
      `the shared library ${library} cannot be found: install it, or set LD_LIBRARY_PATH in ` +
      "environment=",
  ),
  words(
    "missing-module",
    /(?:ModuleNotFoundError: No module named|ImportError: No module named|Cannot find (?:module|package)) ['"]?([^'"\s]+)/,
    (name) =>
      `the module ${name} cannot be found: is directory= right, and is the interpreter of its ` +
      "virtual environment the one in command=?",
  ),
  words(
    "disk-full",
    /(ENOSPC|No space left on device|disk quota exceeded|EDQUOT)/i,
    () => "there is no room left on a disk that it writes to (df -h, df -i)",
  ),
  words(
    "too-many-files",
    /(EMFILE|Too many open files)/,
    () => "the limit of open files is reached: raise it (LimitNOFILE, ulimit -n)",
  ),
  words(
    "connection-refused",
    /((?:ECONNREFUSED|connection refused)[^\n]*)/i,
    () => "something that it connects to did not listen (yet): is that running, and started first?",
  ),
  words(
    "privileged-port",
    /((?:bind|listen)[^\n]*(?:permission denied|EACCES)|(?:permission denied|EACCES)[^\n]*:(?:[1-9]\d{0,2}|10[01]\d|102[0-3])\b)/i,
    () => "ports below 1024 are for root, or for programs with CAP_NET_BIND_SERVICE",
  ),
  words(
    "permission-denied",
    /((?:EACCES|EPERM|permission denied|operation not permitted)[^\n]*)/i,
    (_found, { uid }) =>
      "something was not permitted: check owner and mode of the files it names for " +
      (uid === null ? "the user it runs as" : `user ${uid}`),
  ),
  words(
    "missing-file",
    /(?:No such file or directory|ENOENT)[^\n'"]*['"]([^'"\n]+)['"]/,
    (path, { directory }) =>
      `${path} does not exist` +
      (path.startsWith("/")
        ? ""
        : `: a relative path counts from ${directory ?? "the daemon's directory"} (directory=)`),
  ),
  {
    code: "shell-command-not-found",
    say: (facts) =>
      isExit(facts, 127) && !/couldn't |child process was not spawned/.test(facts.output)
        ? "127 is what a shell answers for a command that it cannot find: check names and PATH in " +
          "the script"
        : null,
  },
  {
    code: "daemonizes",
    say: (facts) =>
      isExit(facts, 0) && facts.isQuick && facts.leftRunning.length > 0
        ? `it put itself into the background (pid ${
          facts.leftRunning.join(", ")
        } still runs): use ` +
          "its option for the foreground (nginx: daemon off; redis: --daemonize no), or set pid_file="
        : null,
  },
  {
    code: "ends-at-once",
    say: (facts) =>
      isExit(facts, 0) && facts.isQuick
        ? "it ended by itself, successfully, but too early to count as started: for a job that " +
          "just ends set startsecs=0 and autorestart=false; a program that goes into the " +
          "background needs its option for the foreground"
        : null,
  },
  {
    code: "killed",
    say: (facts) =>
      isSignal(facts, "SIGKILL") && facts.oomKilled !== true
        ? "somebody else killed it (SIGKILL)" +
          (facts.oomKilled === null
            ? ": perhaps the kernel, for want of memory (dmesg, journalctl -k)"
            : "; memory had not run out")
        : null,
  },
  {
    code: "crashed",
    say: (facts) =>
      isSignal(facts, "SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGTRAP")
        ? "it crashed: a defect of the program or of a library" +
          (facts.exit?.type === "signalled" && facts.exit.coreDumped
            ? "; the core is where kernel.core_pattern says (coredumpctl)"
            : "")
        : null,
  },
  {
    code: "illegal-instruction",
    say: (facts) =>
      isSignal(facts, "SIGILL")
        ? "it uses instructions that this processor does not have: a build for an older one is needed"
        : null,
  },
  {
    code: "system-call-refused",
    say: (facts) =>
      isSignal(facts, "SIGSYS") ? "a sandbox (seccomp) does not allow a system call of it" : null,
  },
  {
    code: "file-size-limit",
    say: (facts) =>
      isSignal(facts, "SIGXFSZ", "SIGXCPU") ? "it ran into a resource limit (ulimit -a)" : null,
  },
];

function portHint(text: string): string {
  const near = text.split("\n").find((line) =>
    /EADDRINUSE|in use|already allocated|\(98/i.test(line)
  );
  const port = /(?:[:\]]|\bport\D{0,3})(\d{2,5})\b/.exec(near ?? "")?.[1] ??
    /\bport:? ?(\d{2,5})\b/.exec(text)?.[1];
  const which = port === undefined ? "the port it listens on" : `port ${port}`;
  const show = port === undefined ? "ss -ltnp" : `ss -ltnp sport = :${port}`;
  return `${which} is taken by another process (${show}): often an earlier run that was not stopped`;
}
