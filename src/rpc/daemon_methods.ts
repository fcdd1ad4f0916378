/** The daemon itself: who it is, its state, its end, its configuration, its groups. */
import type { Daemon } from "../daemon/types.ts";
import { DAEMON_STATE_CODES } from "../process/states.ts";
import type { Value } from "../xmlrpc/value.ts";
import { allConfigInfo } from "./config_info.ts";
import { fault } from "./faults.ts";
import type { Method } from "./method_table.ts";
import { API_VERSION, COMPATIBILITY_VERSION } from "./version.ts";

const ALWAYS_TRUE = { type: "boolean", text: "true; anything else is a fault" } as const;

export const DAEMON_METHODS: readonly Method[] = [
  {
    names: ["getAPIVersion", "getVersion"],
    help: "Tells the version of this interface.",
    params: [],
    returns: { type: "string", text: "the version" },
    run: () => API_VERSION,
  },
  {
    names: ["getSupervisorVersion"],
    help: "Tells the release of Supervisor whose behaviour this daemon has.",
    params: [],
    returns: { type: "string", text: "the version" },
    run: () => COMPATIBILITY_VERSION,
  },
  {
    names: ["getIdentification"],
    help: "Tells the identifier of this daemon, to know it from others on the same machine.",
    params: [],
    returns: { type: "string", text: "the identifier" },
    run: (daemon) => daemon.identifier,
  },
  {
    names: ["getState"],
    help: "Tells the state of the daemon.",
    params: [],
    returns: { type: "struct", text: "int statecode and string statename" },
    run: (daemon) => ({ statecode: DAEMON_STATE_CODES[daemon.state], statename: daemon.state }),
  },
  {
    names: ["getPID"],
    help: "Tells the process id of the daemon.",
    params: [],
    returns: { type: "int", text: "the process id" },
    run: (daemon) => daemon.pid,
  },
  {
    names: ["shutdown"],
    help: "Stops all processes and ends the daemon. The answer comes before that begins.",
    params: [],
    returns: ALWAYS_TRUE,
    run(daemon) {
      daemon.requestShutdown();
      return true;
    },
  },
  {
    names: ["restart"],
    help: "Stops all processes, reads the configuration again and starts anew, with the same " +
      "process id. The answer comes before that begins.",
    params: [],
    returns: ALWAYS_TRUE,
    run(daemon) {
      daemon.requestRestart();
      return true;
    },
  },
  {
    names: ["upgrade"],
    help: "Goes on as another program, under the same processes and with the same process id. " +
      "The answer comes once that program has been found good, and before it takes over.",
    params: [{
      name: "path",
      type: "string",
      text: "absolute path of the executable; empty for the present one, with the configuration " +
        "of the daemon itself read again",
      fallback: "",
    }],
    returns: { type: "struct", text: "version and commit of what it will be" },
    unlisted: true,
    run: (daemon, args) => upgrade(daemon, args.string(0)),
  },
  {
    names: ["reloadConfig"],
    help: "Reads the configuration again and compares it with the active groups, which stay as " +
      "they are: see addProcessGroup and removeProcessGroup.",
    params: [],
    returns: {
      type: "array",
      text: "[[added, changed, removed]], each an array of group names",
    },
    run: reloadConfig,
  },
  {
    names: ["addProcessGroup"],
    help: "Activates a group of the configuration as it was read last.",
    params: [{ name: "name", type: "string", text: "the group" }],
    returns: ALWAYS_TRUE,
    run: (daemon, args) => addProcessGroup(daemon, args.string(0)),
  },
  {
    names: ["removeProcessGroup"],
    help: "Takes a group out of the active ones. All its processes must be stopped.",
    params: [{ name: "name", type: "string", text: "the group" }],
    returns: ALWAYS_TRUE,
    run: (daemon, args) => removeProcessGroup(daemon, args.string(0)),
  },
  {
    names: ["getAllConfigInfo"],
    help: "Tells the settings of every configured process, active or not, sorted by name.",
    params: [],
    returns: { type: "array", text: "one struct for each process" },
    run: allConfigInfo,
  },
  {
    names: ["sendRemoteCommEvent"],
    help: "Sends an event to the listeners that subscribed to REMOTE_COMMUNICATION.",
    params: [
      { name: "type", type: "string", text: "told to the listeners in the event's first line" },
      { name: "data", type: "string", text: "the rest of the event" },
    ],
    returns: ALWAYS_TRUE,
    always: true,
    run(daemon, args) {
      const [type, data] = [text(args.raw(0)), text(args.raw(1))];
      daemon.events.publish({ kind: "remote-communication", type, data });
      return true;
    },
  },
];

/** Numbers pass as text here, as they do in the reference. @throws Fault INCORRECT_PARAMETERS */
function text(value: Value): string {
  if (typeof value !== "string" && typeof value !== "number") throw fault("INCORRECT_PARAMETERS");
  return String(value);
}

async function upgrade({ successor }: Daemon, path: string): Promise<Value> {
  if (successor === null) throw fault("FAILED", "this daemon cannot be replaced");
  try {
    return { ...await successor.begin(path === "" ? null : path) };
  } catch (error) {
    throw fault("FAILED", error instanceof Error ? error.message : String(error));
  }
}

function reloadConfig(daemon: Daemon): Value {
  let difference;
  try {
    difference = daemon.reread();
  } catch (error) {
    throw fault("CANT_REREAD", error instanceof Error ? error.message : String(error));
  }
  const names = (groups: readonly { readonly name: string }[]) => groups.map(({ name }) => name);
  // One array too many, because the reference once could not return several values. KEEP.
  return [[names(difference.added), names(difference.changed), names(difference.removed)]];
}

function addProcessGroup(daemon: Daemon, name: string): true {
  switch (daemon.addGroup(name)) {
    case "added":
      return true;
    case "active":
      throw fault("ALREADY_ADDED", name);
    case "unknown":
      throw fault("BAD_NAME", name);
  }
}

function removeProcessGroup(daemon: Daemon, name: string): true {
  switch (daemon.removeGroup(name)) {
    case "removed":
      return true;
    case "running":
      throw fault("STILL_RUNNING", name);
    case "unknown":
      throw fault("BAD_NAME", name);
  }
}
