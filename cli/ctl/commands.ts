/**
 * The table of actions: what each is called, how it is explained, what its words complete to,
 * what it needs, and what runs it. Commands are loaded when they are run: a `status` must not
 * wait for the shell's code.
 */
import { STATUS_EXIT } from "./results.ts";
import type { Session } from "./session.ts";

/** What the words behind an action complete to. */
export type Completion = "none" | "actions" | "groups" | "processes";

export interface Command {
  readonly name: string;
  /** The lines of `help NAME`. */
  readonly help: readonly string[];
  readonly completion: Completion;
  /** false: anything behind the action is a usage error. */
  readonly acceptsArguments: boolean;
  /** The server is asked who it is first, and answers badly in a sentence of its own. */
  readonly needsServer: boolean;
  /** The exit status when that fails; without it, the one that belongs to the problem. */
  readonly exitWhenUnreachable?: number;
  /** The words behind the action are names, for which patterns and filters may stand. */
  readonly selects?: {
    /** Words before the first name. Default: 0. */
    readonly skip?: number;
    /** false: groups cannot be asked for. */
    readonly groups?: false;
    /** The action's own options that a value follows. */
    readonly options?: Readonly<Record<string, true>>;
  };
  /** Listed by `help` and completed in the shell. */
  readonly listed: boolean;
  /** "end" ends the shell. */
  readonly run: (session: Session, rest: string) => Promise<"end" | void>;
}

/** A row of the table; what is most common is left out. */
type Row = Pick<Command, "help" | "run"> & Partial<Command>;

const DEFAULTS = {
  completion: "none",
  acceptsArguments: true,
  needsServer: false,
  listed: true,
} as const;

const processes = () => import("./process_commands.ts");
const config = () => import("./config_commands.ts");
const logs = () => import("./log_commands.ts");
const updates = () => import("./update_commands.ts");
const server = () => import("./server_commands.ts");

const ROWS: Readonly<Record<string, Row>> = {
  add: {
    help: ["add <name> [...]\tActivates any updates in config for process/group"],
    completion: "groups",
    run: async (session, rest) => (await config()).add(session, rest),
  },
  avail: {
    help: ["avail\t\t\tDisplay all configured processes"],
    acceptsArguments: false,
    run: async (session) => (await config()).avail(session),
  },
  clear: {
    help: [
      "clear <name>\t\tClear a process' log files.",
      "clear <name> <name>\tClear multiple process' log files",
      "clear all\t\tClear all process' log files",
    ],
    completion: "processes",
    selects: { groups: false },
    needsServer: true,
    run: async (session, rest) => (await processes()).clear(session, rest),
  },
  exit: {
    help: ["exit\tExit the supervisor shell."],
    run: endShell,
  },
  fg: {
    help: ["fg <process>\tConnect to a process in foreground mode", "\t\tCtrl-C to exit"],
    completion: "processes",
    selects: { groups: false },
    needsServer: true,
    run: async (session, rest) => (await import("./foreground.ts")).foreground(session, rest),
  },
  maintail: {
    help: [
      "maintail -f \tContinuous tail of supervisor main log file (Ctrl-C to exit)",
      "maintail -100\tlast 100 *bytes* of supervisord main log file",
      "maintail\tlast 1600 *bytes* of supervisor main log file",
      "",
    ],
    needsServer: true,
    run: async (session, rest) => (await logs()).maintail(session, rest),
  },
  open: {
    help: [
      "open <url>\tConnect to a remote supervisord process.",
      "\t\t(for UNIX domain socket, use unix:///socket/path)",
    ],
    run: async (session, rest) => (await server()).open(session, rest),
  },
  pid: {
    help: [
      "pid\t\t\tGet the PID of supervisord.",
      "pid <name>\t\tGet the PID of a single child process by name.",
      "pid all\t\t\tGet the PID of every child process, one per line.",
    ],
    completion: "processes",
    selects: { groups: false },
    needsServer: true,
    run: async (session, rest) => (await processes()).pid(session, rest),
  },
  quit: {
    help: ["quit\tExit the supervisor shell."],
    run: endShell,
  },
  reload: {
    help: ["reload \t\tRestart the remote supervisord."],
    run: async (session, rest) => (await server()).reload(session, rest),
  },
  remove: {
    help: ["remove <name> [...]\tRemoves process/group from active config"],
    completion: "groups",
    run: async (session, rest) => (await config()).remove(session, rest),
  },
  reread: {
    help: ["reread \t\t\tReload the daemon's configuration files without add/remove"],
    acceptsArguments: false,
    run: async (session) => (await config()).reread(session),
  },
  restart: {
    help: [
      "restart <name>\t\tRestart a process",
      "restart <gname>:*\tRestart all processes in a group",
      "restart <name> <name>\tRestart multiple processes or groups",
      "restart all\t\tRestart all processes",
      "Note: restart does not reread config files. For that, see reread and update.",
    ],
    completion: "processes",
    selects: { options: { "--batch": true, "--wait": true, "--timeout": true } },
    needsServer: true,
    run: async (session, rest) => (await processes()).restart(session, rest),
  },
  shutdown: {
    help: ["shutdown \tShut the remote supervisord down."],
    acceptsArguments: false,
    run: async (session) => (await server()).shutdown(session),
  },
  signal: {
    help: [
      "signal <signal name> <name>\t\tSignal a process",
      "signal <signal name> <gname>:*\t\tSignal all processes in a group",
      "signal <signal name> <name> <name>\tSignal multiple processes or groups",
      "signal <signal name> all\t\tSignal all processes",
    ],
    completion: "processes",
    selects: { skip: 1 },
    needsServer: true,
    run: async (session, rest) => (await processes()).signal(session, rest),
  },
  start: {
    help: [
      "start <name>\t\tStart a process",
      "start <gname>:*\t\tStart all processes in a group",
      "start <name> <name>\tStart multiple processes or groups",
      "start all\t\tStart all processes",
    ],
    completion: "processes",
    selects: {},
    needsServer: true,
    run: async (session, rest) => (await processes()).start(session, rest),
  },
  status: {
    help: [
      "status <name>\t\tGet status for a single process",
      "status <gname>:*\tGet status for all processes in a group",
      "status <name> <name>\tGet status for multiple named processes",
      "status\t\t\tGet all process status info",
    ],
    completion: "processes",
    selects: {},
    needsServer: true,
    exitWhenUnreachable: STATUS_EXIT.UNKNOWN,
    run: async (session, rest) => (await processes()).status(session, rest),
  },
  stop: {
    help: [
      "stop <name>\t\tStop a process",
      "stop <gname>:*\t\tStop all processes in a group",
      "stop <name> <name>\tStop multiple processes or groups",
      "stop all\t\tStop all processes",
    ],
    completion: "processes",
    selects: {},
    needsServer: true,
    run: async (session, rest) => (await processes()).stop(session, rest),
  },
  tail: {
    help: [
      "tail [-f] <name> [stdout|stderr] (default stdout)",
      "Ex:",
      "tail -f <name>\t\tContinuous tail of named process stdout",
      "\t\t\tCtrl-C to exit.",
      "tail -100 <name>\tlast 100 *bytes* of process stdout",
      "tail <name> stderr\tlast 1600 *bytes* of process stderr",
    ],
    completion: "processes",
    needsServer: true,
    run: async (session, rest) => (await logs()).tail(session, rest),
  },
  update: {
    help: [
      "update\t\t\tReload config and add/remove as necessary, and will restart affected programs",
      "update all\t\tReload config and add/remove as necessary, and will restart affected programs",
      "update <gname> [...]\tUpdate specific groups",
    ],
    completion: "groups",
    run: async (session, rest) => (await config()).update(session, rest),
  },
  version: {
    help: ["version\t\t\tShow the version of the remote supervisord process"],
    acceptsArguments: false,
    needsServer: true,
    run: async (session) => (await server()).version(session),
  },
  // Not listed: scripts compare what `help` lists with Supervisor's. `help more` names them.
  events: {
    help: [
      "events\t\t\t\tFollow what happens, as it happens (Ctrl-C to exit)",
      "events --type <type>[,<type>]\tOnly events of these types, e.g. PROCESS_STATE or TICK_60",
      "events --process <name>\t\tOnly events of this process; <gname>:* for a group",
    ],
    listed: false,
    needsServer: true,
    run: async (session, rest) => (await import("./event_commands.ts")).events(session, rest),
  },
  logs: {
    help: [
      "logs <name> [<name>]\tThe last lines of several logs, merged by time; <gname>:* or all",
      "logs -n 50 <name>\tSo many lines of each; default 200",
      "logs -f <name>\t\tAnd all that is added (Ctrl-C to exit)",
      "logs --since 10m <name>\tLines since 90s, 10m, 2h, 1d, or 2026-11-23T08:00",
      "logs --grep <regex> <name>\tOnly lines that match; -i: in either case",
      "logs --stderr <name>\tThe log of standard error",
    ],
    completion: "processes",
    listed: false,
    needsServer: true,
    run: async (session, rest) => (await import("./merged_logs.ts")).mergedLogs(session, rest),
  },
  run: {
    help: [
      "run <name> [<name>]\tRun programs once, now",
      "run --wait <name>\tUntil it has ended; the exit status is the program's",
    ],
    completion: "processes",
    selects: {},
    listed: false,
    needsServer: true,
    run: async (session, rest) => (await import("./run_command.ts")).run(session, rest),
  },
  wait: {
    help: [
      "wait <name> [<name>]\tWait until processes are ready; <gname>:* or all",
      "wait --for <what> <name>\tready, healthy, running, stopped or exited",
      "wait --timeout <seconds> <name>\tHow long; default 60",
    ],
    completion: "processes",
    selects: { options: { "--for": true, "--timeout": true } },
    listed: false,
    needsServer: true,
    run: async (session, rest) => (await import("./wait_command.ts")).wait(session, rest),
  },
  healthcheck: {
    help: [
      "healthcheck\t\tExit with 0, or with 1 if a process has failed or is unhealthy",
      "healthcheck <name>\tOr if one of these does not run or is not ready; <gname>:*",
      "Note: prints only what is wrong. For containers and monitors.",
    ],
    completion: "processes",
    listed: false,
    needsServer: true,
    exitWhenUnreachable: 1,
    run: async (session, rest) =>
      (await import("./healthcheck_command.ts")).healthcheck(session, rest),
  },
  why: {
    help: [
      "why <name> [<name>]\tWhy a process is in its state, and what it waits for",
      "\t\t\t(start --no-deps <name> does not wait)",
    ],
    completion: "processes",
    listed: false,
    needsServer: true,
    run: async (session, rest) => (await import("./why_command.ts")).why(session, rest),
  },
  rotate: {
    help: [
      "rotate <name>\t\tBegin new log files, keeping the old ones as backups",
      "rotate <gname>:*\tThe logs of all processes of a group",
      "rotate all\t\tThe logs of all processes",
    ],
    completion: "processes",
    selects: {},
    listed: false,
    needsServer: true,
    run: async (session, rest) => (await import("./rotate_command.ts")).rotate(session, rest),
  },
  "reload-program": {
    help: [
      "reload-program <name>\t\tMake a process read its configuration again",
      "reload-program <gname>:*\tAll processes of a group that run",
      "Note: by the program's reload_command or reload_signal. For supervisord's own, see reread.",
    ],
    completion: "processes",
    selects: {},
    listed: false,
    needsServer: true,
    run: async (session, rest) =>
      (await import("./reload_command.ts")).reloadProgram(session, rest),
  },
  upgrade: {
    help: [
      "upgrade\t\t\tReplace supervisord by its executable as it is on disk now",
      "upgrade <path>\t\tReplace it by another executable",
      "Note: processes run on with their pids, and nothing of their output is lost.",
      "Note: reload --keep does the same to have [supervisord] and the servers read again.",
    ],
    listed: false,
    needsServer: true,
    run: async (session, rest) => (await import("./upgrade_command.ts")).upgrade(session, rest),
  },
  scale: {
    help: [
      "scale <program>=<number>\tRun so many processes of a program, whatever numprocs says",
      "scale --reset <program>\t\tAs many as the file says",
    ],
    completion: "groups",
    listed: false,
    needsServer: true,
    run: async (session, rest) => (await updates()).scale(session, rest),
  },
  enable: {
    help: [
      "enable <name> [<name>]\tLet processes start with supervisord again; <gname>:* or all",
      "enable --now <name>\tAnd start them",
    ],
    completion: "processes",
    selects: {},
    listed: false,
    needsServer: true,
    run: async (session, rest) => (await updates()).decide(session, "enable", rest),
  },
  disable: {
    help: [
      "disable <name> [<name>]\tDo not start processes with supervisord; <gname>:* or all",
      "disable --now <name>\tAnd stop them",
    ],
    completion: "processes",
    selects: {},
    listed: false,
    needsServer: true,
    run: async (session, rest) => (await updates()).decide(session, "disable", rest),
  },
  doctor: {
    help: [
      "doctor\t\t\tLook for what stands in the way: configuration, socket, rights, logs, limits",
      "Note: from the command line; with --json as a document. Exits with 1 if there is something.",
    ],
    acceptsArguments: false,
    listed: false,
    // Reached from the shell alone: see cli/supervisorctl.ts.
    // deno-lint-ignore require-await -- commands are asynchronous
    run: async (session) =>
      session.output.line("doctor is for the command line: supervisorctl doctor"),
  },
  help: {
    help: ["help\t\tPrint a list of available actions", "help <action>\tPrint help for <action>"],
    completion: "actions",
    listed: false,
    run: async (session, rest) => (await import("./help.ts")).help(session, rest),
  },
  // For the completions that `supervisord print` prints.
  complete: {
    help: [],
    listed: false,
    run: async (session) => {
      const typed = (session.givenWords ?? []).join(" ");
      await (await import("./complete_command.ts")).complete(session, typed);
    },
  },
  // What the shell runs at the end of its input. It can be typed, but nobody is told so.
  EOF: { help: [], listed: false, run: endShell },
};

/** null for a word that is no action. */
export function findCommand(name: string): Command | null {
  const row = Object.hasOwn(ROWS, name) ? ROWS[name] : undefined;
  return row === undefined ? null : { ...DEFAULTS, ...row, name };
}

/** Every action there is, in the order of the table. */
export function allCommands(): Command[] {
  return Object.entries(ROWS).map(([name, row]) => ({ ...DEFAULTS, ...row, name }));
}

/** Names of the actions that `help` lists, in order. */
export function listedCommands(): string[] {
  return Object.keys(ROWS).filter((name) => ROWS[name]?.listed ?? DEFAULTS.listed);
}

function endShell(session: Session): Promise<"end"> {
  session.output.line("");
  return Promise.resolve("end");
}
