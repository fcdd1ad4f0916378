/** The actions that Supervisor has as well, in the words of its help. */
import type { CommandRow } from "./command.ts";
import { STATUS_EXIT } from "./results.ts";
import type { Session } from "./session.ts";

const processes = () => import("./process_commands.ts");
const config = () => import("./config_commands.ts");
const logs = () => import("./log_commands.ts");
const server = () => import("./server_commands.ts");

export const SUPERVISOR_COMMANDS: Readonly<Record<string, CommandRow>> = {
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
};

export function endShell(session: Session): Promise<"end"> {
  session.output.line("");
  return Promise.resolve("end");
}
