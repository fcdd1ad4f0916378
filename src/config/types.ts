/** What the configuration says, typed, resolved and ready to run. */
import type { HealthPolicy } from "../process/health.ts";
import type { DependencyPolicy } from "../process/dependencies.ts";
import type { EndingPolicy } from "../process/endings.ts";
import type { LogSettings } from "../process/log_settings.ts";
import type { SchedulePolicy } from "../process/schedule.ts";
import type { WatchPolicy } from "../process/watch.ts";
import type { Confinement } from "../runtime/spawn_types.ts";
import type { Policy } from "../process/machine_types.ts";
import type { OrphanPolicy } from "../process/orphans.ts";

/** Where a section came from. */
export interface Source {
  /** Path of the file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Where the output of a channel is kept. */
export type LogTarget =
  | { readonly kind: "none" }
  /** A name in childlogdir is made up when the group is activated. */
  | { readonly kind: "auto" }
  | { readonly kind: "file"; readonly path: string };

/** stdout or stderr of a program. */
export interface ChannelSpec {
  /** Where it is kept. */
  readonly log: LogTarget;
  /** 0: never rotate. */
  readonly maxBytes: number;
  /** Rotated files that are kept. */
  readonly backups: number;
  /** 0: no capture mode. */
  readonly captureMaxBytes: number;
  /** Whether each piece of output is published as PROCESS_LOG event. */
  readonly eventsEnabled: boolean;
  /** Whether the output goes to the local syslog, too. */
  readonly syslog: boolean;
  /** Absent: nothing that Supervisor does not have. */
  readonly extras?: LogSettings;
}

/** One process of a program: the rules of its life, and how to spawn it. */
export interface ProcessSpec extends Policy {
  /** Name of its section, without `program:` and the like. */
  readonly program: string;
  /** Name of its group. */
  readonly group: string;
  /** Lower ones start first and stop last. */
  readonly priority: number;
  /** As written, after expansion; split only when it is to be run. */
  readonly command: string;
  /** Where it is started; null: where the daemon is. */
  readonly directory: string | null;
  /** null: the daemon's own. */
  readonly umask: number | null;
  /** The user it runs as; null: the daemon's own. */
  readonly uid: number | null;
  /** Global environment= under the program's own; not the daemon's environ. */
  readonly environment: Readonly<Record<string, string>>;
  /** null: computed from the servers (AUTO). */
  readonly serverUrl: string | null;
  /** Its stderr goes where its stdout goes. */
  readonly redirectStderr: boolean;
  /** HOME and its kin are those of the user it runs as. */
  readonly setHome?: true;
  /** Absent: none. By name of the variable; read at each start. */
  readonly secretFiles?: Readonly<Record<string, string>>;
  /** Absent: none. */
  readonly tags?: readonly string[];
  /** Its standard output. */
  readonly stdout: ChannelSpec;
  /** Its standard error. */
  readonly stderr: ChannelSpec;
  /** What makes it read its configuration again; absent: nothing, or `hooks.reload_command`. */
  readonly reloadSignal?: number;
  /** Absent: neither readiness nor health is checked. */
  readonly health?: HealthPolicy;
  /** What takes the load off before a rolling restart stops it; absent: nothing. */
  readonly drain?: DrainSpec;
  /** Absent: it waits for nobody. */
  readonly dependencies?: DependencyPolicy;
  /** Absent: its end is nobody else's. */
  readonly ending?: EndingPolicy;
  /** Absent: it runs as autostart and autorestart say. */
  readonly schedule?: SchedulePolicy;
  /** Absent: no file matters. */
  readonly watch?: WatchPolicy;
  /** Absent: as the daemon is. */
  readonly confinement?: Confinement;
  /** Absent: its own control group only where killmode says so. */
  readonly cgroupLimits?: CgroupLimits;
  /** Absent: it may use what there is. */
  readonly memoryLimit?: MemoryLimit;
}

/** What is written to files of the control group, as it is written there. */
export type CgroupLimits = Readonly<Partial<Record<"memory.max" | "cpu.max" | "pids.max", string>>>;

/** How much memory a process may use before it is restarted. */
export interface MemoryLimit {
  /** Resident memory of the process tree. */
  readonly bytes: number;
  /** Between two looks at it. */
  readonly intervalMs: number;
}

/** What takes the load off a process. */
export interface DrainSpec {
  /** As written, after expansion. */
  readonly command: string;
  /** After this it is killed and counts as failed. */
  readonly timeoutMs: number;
}

/** What an event listener wants to hear, and how. */
export interface ListenerSpec {
  /** Upper-case names as configured, possibly abstract. */
  readonly events: readonly string[];
  /** Events that may wait for a listener of the pool. */
  readonly bufferSize: number;
  /** As configured; only Supervisor's default is known here. */
  readonly resultHandler: string;
  /** What `len` in the header of an event counts. */
  readonly eventLength: "characters" | "bytes";
}

/** The socket of FastCGI programs. */
export interface FcgiSpec {
  /** As configured after expansion: `tcp://host:port` or `unix:///path`. */
  readonly url: string;
  /** What `url` means. */
  readonly address:
    | { readonly kind: "unix"; readonly path: string }
    | { readonly kind: "tcp"; readonly host: string; readonly port: number };
  /** Owner of a unix socket; null: whoever the daemon runs as. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  /** Only for unix sockets. */
  readonly mode: number | null;
  /** null: SOMAXCONN. */
  readonly backlog: number | null;
}

/** What kind of section has made a group. */
export type GroupKind = "group" | "program" | "eventlistener" | "fcgi";

/** A group: what is started, stopped and replaced together. */
export interface GroupSpec {
  /** Its name. */
  readonly name: string;
  /** What it was made of. */
  readonly kind: GroupKind;
  /** Lower ones start first and stop last. */
  readonly priority: number;
  /** In start order: priority, then name; names are unique. */
  readonly processes: readonly ProcessSpec[];
  /** For kind "group": the programs as listed; a different order counts as a change. */
  readonly members?: readonly string[];
  /** For kind "group": where each program's own section is, by program name. Never compared. */
  readonly programSources?: Readonly<Record<string, Source>>;
  /** Only for kind "eventlistener". */
  readonly listener: ListenerSpec | null;
  /** For kind "fcgi"; a heterogeneous group keeps each member's socket in `memberSockets`. */
  readonly fcgi: FcgiSpec | null;
  /** Program name -> its socket, for fcgi-programs that are members of a [group:x]. */
  readonly memberSockets: Readonly<Record<string, FcgiSpec>>;
  /** Where its section is. */
  readonly source: Source;
}

/** What somebody may do: look; start, stop and signal; everything. Each includes the ones before. */
export type Role = "view" | "operate" | "admin";

/** What an inet server speaks TLS with. */
export interface TlsSpec {
  /** Path of the PEM file with the certificate and those that lead to its issuer. */
  readonly certificate: string;
  /** Path of the PEM file with its key. */
  readonly privateKey: string;
  /** null: clients need no certificate. */
  readonly clientCa: string | null;
  /** Of `certificate`. */
  readonly source: Source;
}

/** [token:x] */
export interface TokenSpec {
  /** As in the section's title; appears in the audit log. */
  readonly name: string;
  /** `$scrypt$…` of its secret. */
  readonly hash: string;
  /** What its bearer may do. */
  readonly role: Role;
  /** Groups that may be operated; null: all. */
  readonly groups: readonly string[] | null;
}

/** One server of the configuration. */
export interface ServerSpec {
  /** Section name, e.g. `inet_http_server:two`; appears in a log line. */
  readonly section: string;
  /** Where it listens. */
  readonly address:
    | {
      readonly kind: "unix";
      readonly path: string;
      readonly mode: number;
      readonly owner: { readonly uid: number; readonly gid: number } | null;
    }
    /** host "" is every IPv4 interface. */
    | { readonly kind: "inet"; readonly host: string; readonly port: number };
  /**
   * null: no Basic authentication. The password may be `{SHA}` and 40 hex digits, or `$scrypt$…`.
   */
  readonly credentials: { readonly username: string; readonly password: string } | null;
  /** Where `anonymous` is set: what those may do who show no credentials. */
  readonly anonymous?: Role | "none";
  /** Where `certificate` is set. */
  readonly tls?: TlsSpec;
}

/** How much goes into the main log: this level and those before it. */
export type LevelName = "critical" | "error" | "warn" | "info" | "debug" | "trace" | "blather";

/** The daemon's own settings. */
export interface DaemonSpec {
  /** Absolute path, or "syslog". */
  readonly logfile: string;
  /** In bytes; 0: never rotate. */
  readonly logfileMaxBytes: number;
  /** Rotated files that are kept. */
  readonly logfileBackups: number;
  /** What goes into the main log. */
  readonly loglevel: LevelName;
  /** Absolute path. */
  readonly pidfile: string;
  /** Of the daemon, and of children without one of their own. */
  readonly umask: number;
  /** It stays in the foreground. */
  readonly nodaemon: boolean;
  /** In the foreground, the log does not go to standard output, too. */
  readonly silent: boolean;
  /** Descriptors that must be available at the start. */
  readonly minfds: number;
  /** Processes that must be available at the start. */
  readonly minprocs: number;
  /** AUTO logs of earlier runs are kept. */
  readonly nocleanup: boolean;
  /** Absolute path of the directory for AUTO logs. */
  readonly childlogdir: string;
  /** uid to drop to; null: stay. */
  readonly uid: number | null;
  /** Where the daemon goes when it is in the background; null: it stays where it is. */
  readonly directory: string | null;
  /** Escape sequences of terminals are taken out of the logs. */
  readonly stripAnsi: boolean;
  /** Variables that all children get. */
  readonly environment: Readonly<Record<string, string>>;
  /** What events and the XML-RPC interface call this daemon. */
  readonly identifier: string;
  /** Where `audit_log` is set: who did what is written there. */
  readonly audit?: {
    readonly path: string;
    readonly maxBytes: number;
    readonly backups: number;
  };
  /** Where `state_file` is set: what has been disabled and scaled at run time. */
  readonly stateFile?: string;
  /** What ends the daemon besides a request. */
  readonly exitWhen: "never" | "all_stopped";
  /** Where `on_orphans` is set. */
  readonly orphans?: { readonly policy: OrphanPolicy; readonly file: string };
}

/** A program whose number of processes was changed at run time. */
export interface ScaledProgram {
  /** Its name. */
  readonly program: string;
  /** As the file says. */
  readonly configured: number;
  /** As was decided since. */
  readonly numprocs: number;
}

/** A line for the main log that was found while loading. */
export interface LoadMessage {
  /** At which it is logged. */
  readonly level: "critical" | "warn" | "info";
  /** The line, without time and level. */
  readonly text: string;
  /** What it is about, where one place can be named. */
  readonly source?: Source;
}

/** A whole configuration, checked. */
export interface Config {
  /** Absolute path of the main file. */
  readonly file: string;
  /** Absolute path of the directory of the main file. */
  readonly here: string;
  /** What is in [supervisord]. */
  readonly daemon: DaemonSpec;
  /** inet servers first, then unix, each in file order: the order they are opened in. */
  readonly servers: readonly ServerSpec[];
  /** Absent without any [token:x]. */
  readonly tokens?: readonly TokenSpec[];
  /** In activation order: priority, then name; names are unique. */
  readonly groups: readonly GroupSpec[];
  /** Programs that have another number of processes than the file says; absent: none. */
  readonly scaled?: readonly ScaledProgram[];
  /** Namespaces mounted by [rpcinterface:x] with the built-in factory. */
  readonly rpcNamespaces: readonly string[];
  /** `SUPERVISOR_SERVER_URL` for children whose serverurl is AUTO; null when no server is configured. */
  readonly serverUrl: string | null;
  /** For the main log, in the order they were found. */
  readonly messages: readonly LoadMessage[];
}

/** [supervisorctl] as supervisorctl reads it. */
export interface CtlConfig {
  /** `unix:///path`, `http://host:port` or `https://…`. */
  readonly serverUrl: string;
  /** null: none is sent. */
  readonly username: string | null;
  /** null: none is sent. */
  readonly password: string | null;
  /** What the shell shows before each line, without the mark behind it. */
  readonly prompt: string;
  /** Where the shell keeps what was typed; null: nowhere. */
  readonly historyFile: string | null;
  /** Where a token is to be shown instead of user name and password. */
  readonly token?: string;
  /** For https:// servers, where something was set. */
  readonly tls?: TlsClientSpec;
}

/** How supervisorctl speaks TLS. */
export interface TlsClientSpec {
  /** Certificates to trust instead of the system's; null: the system's. */
  readonly caFile: string | null;
  /** Shown to servers that want one; null: none. */
  readonly certificate: string | null;
  /** The key of `certificate`; null: none. */
  readonly privateKey: string | null;
  /** Trust whoever answers. */
  readonly insecure: boolean;
}

/**
 * Options given on supervisord's command line: they win over the file. Values are raw
 * text, converted by the same rows as the file's keys.
 */
export type CommandLineOptions = Readonly<Partial<Record<string, string | true>>>;

/** What loading wants to know of a path. */
export interface FileFacts {
  /** It is a directory. */
  readonly isDirectory: boolean;
  /** It is a plain file. */
  readonly isFile: boolean;
  /** Permission bits; only the check looks at them. */
  readonly mode?: number;
}

/** What loading may touch of the outside world. */
export interface LoadEnvironment {
  /** File bytes. @throws an Error with `code` ENOENT, EACCES, EISDIR. */
  readFile(path: string): Uint8Array;
  /** Names in a directory; empty when it cannot be read. */
  listDirectory(path: string): string[];
  /** null when the path does not exist. */
  stat(path: string): FileFacts | null;
  /** Absolute; what relative paths go out from. */
  readonly cwd: string;
  /** Variables for `%(ENV_x)s`. */
  readonly env: Readonly<Record<string, string>>;
  /** Nodename, for `%(host_node_name)s`. */
  readonly hostName: string;
  /** Of the user that the configuration is loaded as. */
  readonly uid: number;
  /** Where files go for which no place is configured. */
  readonly tempDirectory: string;
  /** Home of the current user for `~`; `~name` goes through users. */
  readonly home: string;
  /** The user database; null is for who is not in it. */
  readonly users: {
    userByName(name: string): { name: string; uid: number; gid: number; home: string } | null;
    userById(uid: number): { name: string; uid: number; gid: number; home: string } | null;
    groupByName(name: string): { name: string; gid: number } | null;
    groupById(gid: number): { name: string; gid: number } | null;
  };
}
