/** The methods about processes: what they are called, take and give back. */
import type { Daemon, ManagedProcess } from "../daemon/types.ts";
import { fault } from "./faults.ts";
import type { Method } from "./method_table.ts";
import { allProcesses, resolveProcess } from "./namespec.ts";
import { allProcessInfo, processInfo } from "./process_info.ts";
import { sendProcessStdin } from "./process_stdin.ts";
import { signalEach, signalProcess } from "./signal_processes.ts";
import { startEach, startProcess } from "./start_processes.ts";
import { stopEach, stopProcess } from "./stop_processes.ts";

const STATUS_STRUCTS = "one struct (name, group, status, description) for each process acted upon";
const ALWAYS_TRUE = "true; anything else is a fault";

const NAME = {
  name: "name",
  type: "string",
  text: "the process (`process` or `group:process`)",
} as const;
const NAME_OR_GROUP = {
  name: "name",
  type: "string",
  text: "the process (`process`, `group:process`), or a whole group (`group:*`)",
} as const;
const GROUP_NAME = { name: "name", type: "string", text: "the group" } as const;
const SIGNAL = {
  name: "signal",
  type: "string",
  text: "what to send: a name (`HUP`, `SIGHUP`) or a number",
} as const;

function waitParam(text: string) {
  return { name: "wait", type: "boolean", text, fallback: true } as const;
}

const WAIT_STARTED = waitParam("answer only once the start has succeeded or failed");
const WAIT_STOPPED = waitParam("answer only once the processes are gone");

export const PROCESS_METHODS: readonly Method[] = [
  {
    names: ["getProcessInfo"],
    help: "Tells state, times, pid, log files and a one-line description of one process.",
    params: [NAME],
    returns: { type: "struct", text: "what is known of the process" },
    run: (daemon, args) => processInfo(daemon, resolveProcess(daemon, args.string(0))),
  },
  {
    names: ["getAllProcessInfo"],
    help: "Tells the same as getProcessInfo of every process, sorted by group and process name.",
    params: [],
    returns: { type: "array", text: "one struct for each process" },
    run: allProcessInfo,
  },
  {
    names: ["startProcess"],
    help: "Starts a process, or all processes of a group.",
    params: [NAME_OR_GROUP, WAIT_STARTED],
    returns: { type: "boolean", text: `${ALWAYS_TRUE} (for a group: ${STATUS_STRUCTS})` },
    run: (daemon, args) => startProcess(daemon, args.string(0), args.flag(1)),
  },
  {
    names: ["startProcessGroup"],
    help: "Starts all processes of a group that are not running, all at once.",
    params: [GROUP_NAME, WAIT_STARTED],
    returns: { type: "array", text: STATUS_STRUCTS },
    run: (daemon, args) => startEach(daemon, members(daemon, args.string(0)), args.flag(1)),
  },
  {
    names: ["startAllProcesses"],
    help: "Starts all processes that are not running, all at once, autostart or not.",
    params: [WAIT_STARTED],
    returns: { type: "array", text: STATUS_STRUCTS },
    run: (daemon, args) => startEach(daemon, allProcesses(daemon), args.flag(0)),
  },
  {
    names: ["stopProcess"],
    help: "Stops a process, or all processes of a group. It stays stopped until it is started.",
    params: [NAME_OR_GROUP, WAIT_STOPPED],
    returns: { type: "boolean", text: `${ALWAYS_TRUE} (for a group: ${STATUS_STRUCTS})` },
    run: (daemon, args) => stopProcess(daemon, args.string(0), args.flag(1)),
  },
  {
    names: ["stopProcessGroup"],
    help: "Stops all running processes of a group, all at once.",
    params: [GROUP_NAME, WAIT_STOPPED],
    returns: { type: "array", text: STATUS_STRUCTS },
    run: (daemon, args) => stopEach(daemon, members(daemon, args.string(0)), args.flag(1)),
  },
  {
    names: ["stopAllProcesses"],
    help: "Stops all running processes, all at once.",
    params: [WAIT_STOPPED],
    returns: { type: "array", text: STATUS_STRUCTS },
    run: (daemon, args) => stopEach(daemon, allProcesses(daemon), args.flag(0)),
  },
  {
    names: ["signalProcess"],
    help: "Sends a signal to a process, or to each process of a group.",
    params: [NAME_OR_GROUP, SIGNAL],
    returns: { type: "boolean", text: `${ALWAYS_TRUE} (for a group: ${STATUS_STRUCTS})` },
    run: (daemon, args) => signalProcess(daemon, args.string(0), args.raw(1)),
  },
  {
    names: ["signalProcessGroup"],
    help: "Sends a signal to each process of a group that has a pid.",
    params: [GROUP_NAME, SIGNAL],
    returns: { type: "array", text: STATUS_STRUCTS },
    run: (daemon, args) => signalEach(daemon, members(daemon, args.string(0)), args.raw(1)),
  },
  {
    names: ["signalAllProcesses"],
    help: "Sends a signal to each process that has a pid.",
    params: [SIGNAL],
    returns: { type: "array", text: STATUS_STRUCTS },
    run: (daemon, args) => signalEach(daemon, allProcesses(daemon), args.raw(0)),
  },
  {
    names: ["sendProcessStdin"],
    help: "Writes text to the standard input of a process, encoded as UTF-8.",
    params: [NAME, { name: "chars", type: "string", text: "the text" }],
    returns: { type: "boolean", text: ALWAYS_TRUE },
    run: (daemon, args) => sendProcessStdin(daemon, args.string(0), args.raw(1)),
  },
];

/** The processes of a group. @throws Fault BAD_NAME */
function members(daemon: Daemon, groupName: string): readonly ManagedProcess[] {
  const group = daemon.group(groupName);
  if (group === undefined) throw fault("BAD_NAME", groupName);
  return group.processes;
}
