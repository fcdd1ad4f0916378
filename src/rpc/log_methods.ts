/** Reading, tailing and clearing the main log and the logs of processes. */
import { statSync } from "node:fs";
import type { Channel, Daemon, ManagedProcess } from "../daemon/types.ts";
import { LogReadError, readLog, tailLog } from "../logs/reader.ts";
import type { Value } from "../xmlrpc/value.ts";
import { actOnEach } from "./act_on_each.ts";
import { fault } from "./faults.ts";
import type { Arguments, Method, Param } from "./method_table.ts";
import { allProcesses, namespecOf, resolveProcess } from "./namespec.ts";

/**
 * The largest slice of a log that one call returns, in bytes. The reference has no limit and is
 * killed for its memory by a client that asks for a log of some gigabytes.
 */
export const MAX_READ_BYTES = 128 * 1024 * 1024;

const NAME: Param = {
  name: "name",
  type: "string",
  text: "the process (`process` or `group:process`)",
};
const READ_RANGE: readonly Param[] = [
  { name: "offset", type: "int", text: "first byte; negative: so many bytes from the end" },
  { name: "length", type: "int", text: "number of bytes; 0: all there are" },
];
const TAIL_RANGE: readonly Param[] = [
  { name: "offset", type: "int", text: "the offset that the last call returned, or 0" },
  { name: "length", type: "int", text: "most bytes to return" },
];
const TAIL_HELP = "Returns what was appended to the log since an earlier call. If that is more " +
  "than the length allows, only its end is returned and the overflow flag is set. The offset " +
  "that comes back is the size of the log, to be given to the next call.";
const TAIL_RESULT = {
  type: "array",
  text: "[string bytes, int offset, boolean overflow]",
} as const;
const ALWAYS_TRUE = { type: "boolean", text: "true; anything else is a fault" } as const;

export const LOG_METHODS: readonly Method[] = [
  {
    names: ["readLog", "readMainLog"],
    help: "Returns a slice of the main log.",
    params: READ_RANGE,
    returns: { type: "string", text: "the text of the slice" },
    run: readMainLog,
  },
  {
    names: ["clearLog"],
    help: "Empties the main log.",
    params: [],
    returns: ALWAYS_TRUE,
    run: clearMainLog,
  },
  {
    names: ["readProcessStdoutLog", "readProcessLog"],
    help: "Returns a slice of the standard output log of a process.",
    params: [NAME, ...READ_RANGE],
    returns: { type: "string", text: "the text of the slice" },
    run: (daemon, args) => readProcessLog(daemon, args, "stdout"),
  },
  {
    names: ["readProcessStderrLog"],
    help: "Returns a slice of the standard error log of a process.",
    params: [NAME, ...READ_RANGE],
    returns: { type: "string", text: "the text of the slice" },
    run: (daemon, args) => readProcessLog(daemon, args, "stderr"),
  },
  {
    names: ["tailProcessStdoutLog", "tailProcessLog"],
    help: `Follows the standard output log of a process. ${TAIL_HELP}`,
    params: [NAME, ...TAIL_RANGE],
    returns: TAIL_RESULT,
    run: (daemon, args) => tailProcessLog(daemon, args, "stdout"),
  },
  {
    names: ["tailProcessStderrLog"],
    help: `Follows the standard error log of a process. ${TAIL_HELP}`,
    params: [NAME, ...TAIL_RANGE],
    returns: TAIL_RESULT,
    run: (daemon, args) => tailProcessLog(daemon, args, "stderr"),
  },
  {
    names: ["clearProcessLogs", "clearProcessLog"],
    help: "Empties both logs of a process.",
    params: [NAME],
    returns: ALWAYS_TRUE,
    run: (daemon, args) => clearProcessLogs(daemon, args.string(0)),
  },
  {
    names: ["clearAllProcessLogs"],
    help: "Empties the logs of all processes.",
    params: [],
    returns: {
      type: "array",
      text: "one struct (name, group, status, description) for each process",
    },
    run: (daemon) =>
      actOnEach(allProcesses(daemon), (process) => clearLogsOf(process, namespecOf(process))),
  },
  {
    names: ["rotateProcessLogs"],
    help: "Begins new files for both logs of a process; what they held become backups. An empty " +
      "log is left alone.",
    params: [NAME],
    returns: ALWAYS_TRUE,
    unlisted: true,
    run: (daemon, args) => rotateLogsOf(resolveProcess(daemon, args.string(0))),
  },
  {
    names: ["rotateAllProcessLogs"],
    help: "Begins new files for the logs of all processes.",
    params: [],
    returns: {
      type: "array",
      text: "one struct (name, group, status, description) for each process",
    },
    unlisted: true,
    run: (daemon) => actOnEach(allProcesses(daemon), rotateLogsOf),
  },
];

function readMainLog(daemon: Daemon, args: Arguments): string {
  const path = daemon.mainLogPath;
  if (path === null) throw fault("NO_FILE", daemon.mainLogName);
  return readSlice(path, args.integer(0), args.integer(1));
}

function clearMainLog(daemon: Daemon): true {
  const path = daemon.mainLogPath;
  if (path === null || sizeOf(path) === null) throw fault("NO_FILE");
  try {
    daemon.clearMainLog();
  } catch {
    // The reference tells no reason either; the daemon has logged it.
    throw fault("FAILED");
  }
  return true;
}

function readProcessLog(daemon: Daemon, args: Arguments, channel: Channel): string {
  const path = resolveProcess(daemon, args.string(0)).logPath(channel);
  if (path === null) throw fault("NO_FILE");
  return readSlice(path, args.integer(1), args.integer(2));
}

/**
 * The end of a log of a process, for the log page.
 *
 * @throws Fault BAD_NAME, NO_FILE, FAILED
 */
export function readTail(daemon: Daemon, name: string, channel: Channel, bytes: number): string {
  const path = resolveProcess(daemon, name).logPath(channel);
  if (path === null) throw fault("NO_FILE");
  return readSlice(path, -Math.min(bytes, MAX_READ_BYTES), 0);
}

/**
 * The end of the main log, for the daemon's page.
 *
 * @throws Fault NO_FILE, FAILED
 */
export function readMainTail(daemon: Daemon, bytes: number): string {
  const path = daemon.mainLogPath;
  if (path === null) throw fault("NO_FILE", daemon.mainLogName);
  return readSlice(path, -bytes, 0);
}

/** @throws Fault NO_FILE, BAD_ARGUMENTS, FAILED */
function readSlice(path: string, offset: number, length: number): string {
  const size = sizeOf(path);
  if (size === null) throw fault("NO_FILE", path);
  const wanted = sliceLength(size, offset, length);
  if (wanted > MAX_READ_BYTES) {
    const most = MAX_READ_BYTES / 1024 / 1024;
    throw fault(
      "FAILED",
      `${wanted} bytes of log are too many for one answer (${most} MB at most)`,
    );
  }
  try {
    return decode(readLog(path, offset, length));
  } catch (error) {
    if (!(error instanceof LogReadError)) throw error;
    switch (error.reason) {
      case "bad-arguments":
        throw fault("BAD_ARGUMENTS");
      case "missing":
        throw fault("NO_FILE", path);
      default:
        throw fault("FAILED");
    }
  }
}

function sliceLength(size: number, offset: number, length: number): number {
  if (offset < 0) return Math.min(size, -offset);
  const available = Math.max(0, size - offset);
  return length === 0 ? available : Math.min(available, length);
}

function tailProcessLog(daemon: Daemon, args: Arguments, channel: Channel): Value {
  const path = resolveProcess(daemon, args.string(0)).logPath(channel);
  const [offset, length] = [args.integer(1), args.integer(2)];
  const size = path === null ? null : sizeOf(path);
  if (path === null || size === null) return ["", 0, false];
  if (Math.min(size, length) > MAX_READ_BYTES) throw fault("FAILED");
  try {
    const tail = tailLog(path, offset, length);
    return [decode(tail.bytes), tail.offset, tail.overflow];
  } catch (error) {
    if (!(error instanceof LogReadError)) throw error;
    return ["", offset, false];
  }
}

/** @throws Fault BAD_NAME, FAILED */
export function clearProcessLogs(daemon: Daemon, name: string): true {
  return clearLogsOf(resolveProcess(daemon, name), name);
}

function clearLogsOf(process: { clearLogs(): void }, name: string): true {
  try {
    process.clearLogs();
  } catch {
    // The fault names the process and nothing else, as in the reference.
    throw fault("FAILED", name);
  }
  return true;
}

/** @throws Fault FAILED, which tells why: the reference has no such method whose words to keep */
export function rotateLogsOf(process: ManagedProcess): true {
  try {
    process.rotateLogs();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw fault("FAILED", `${namespecOf(process)}: ${reason}`);
  }
  return true;
}

/** null when there is no such file; what is not a regular file has nothing to read. */
function sizeOf(path: string): number | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  return stat.isFile() ? stat.size : 0;
}

const UTF8_WITH_REPLACEMENT = new TextDecoder("utf-8", { ignoreBOM: true });

/** A slice may begin or end inside a character, and a log may hold any bytes. */
function decode(bytes: Uint8Array): string {
  return UTF8_WITH_REPLACEMENT.decode(bytes);
}
