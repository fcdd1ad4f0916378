/** What `supervisorctl doctor` looks at. Gathered here, judged in findings.ts. */
import {
  accessSync,
  constants,
  readdirSync,
  readFileSync,
  readlinkSync,
  statfsSync,
  statSync,
} from "node:fs";
import process from "node:process";
import { buildInfo } from "../../src/build_info.ts";
import { ConnectionError, HttpStatusError } from "../../src/client/errors.ts";
import { RpcClient } from "../../src/client/rpc_client.ts";
import { inspectConfig } from "../../src/config/check.ts";
import { hostEnvironment } from "../../src/config/host_environment.ts";
import { absolutePath, directoryOf } from "../../src/config/paths.ts";
import { computeServerUrl } from "../../src/config/servers.ts";
import type { Config, CtlConfig } from "../../src/config/types.ts";
import { nativeDial } from "../../src/runtime/dial.ts";
import { createFileUserDatabase } from "../../src/runtime/users.ts";
import type { Value } from "../../src/xmlrpc/value.ts";

/** A supervisord that runs on this machine, as far as we may see it. */
export interface RunningDaemon {
  readonly pid: number;
  /** From its command line; null: it looked on its search path. */
  readonly configFile: string | null;
}

export type Reach =
  | {
    readonly kind: "answers";
    readonly pid: number | null;
    readonly version: string;
    /** Its own version; null for Supervisor's own daemon, or an old one. */
    readonly build: string | null;
    readonly state: string;
    readonly processes: readonly { readonly name: string; readonly state: string }[];
  }
  | { readonly kind: "unreachable"; readonly code: string; readonly text: string }
  | { readonly kind: "refuses"; readonly status: number }
  | { readonly kind: "fails"; readonly text: string };

export interface DirectoryFacts {
  readonly what: string;
  readonly path: string;
  readonly exists: boolean;
  readonly isWritable: boolean;
  /** null where that cannot be known. */
  readonly freeBytes: number | null;
}

export interface Facts {
  readonly uid: number;
  readonly user: string;
  /** What supervisorctl read; null: nothing was on the search path. */
  readonly ctlFile: string | null;
  readonly searched: readonly string[];
  /** Why supervisorctl cannot use its file. */
  readonly refusal: string | null;
  readonly serverUrl: string;
  readonly hasCredentials: boolean;
  /** The daemon's side of the same file; null without a file. */
  readonly check:
    | { readonly errors: number; readonly warnings: number; readonly first: string | null }
    | null;
  /** Where the daemon listens by that file; null: nowhere. */
  readonly listensAt: string | null;
  readonly socket: SocketFacts | null;
  readonly daemons: readonly RunningDaemon[];
  readonly pidfile: { readonly path: string; readonly pid: number | null; isAlive: boolean } | null;
  readonly reach: Reach;
  readonly build: string;
  readonly directories: readonly DirectoryFacts[];
  /** Of open files: what the file wants and what this user may have. null: not known. */
  readonly descriptors: { readonly wanted: number; readonly hard: number } | null;
}

export interface SocketFacts {
  readonly path: string;
  readonly kind: "socket" | "other" | "missing";
  readonly mode: number;
  readonly uid: number;
  /** Whether this user may connect, by owner and mode. */
  readonly isOpenToUs: boolean;
}

export interface Subject {
  readonly ctlFile: string | null;
  readonly searched: readonly string[];
  readonly config: CtlConfig;
  /** Why supervisorctl itself cannot use the file; the config is then the default. */
  readonly refusal?: string;
}

export async function gatherFacts({ ctlFile, searched, config, refusal }: Subject): Promise<Facts> {
  const uid = process.getuid?.() ?? 0;
  const users = createFileUserDatabase({ passwd: "/etc/passwd", group: "/etc/group" });
  const environment = hostEnvironment({ users, uid });
  const inspected = ctlFile === null
    ? null
    : inspectConfig({ configFile: ctlFile, options: {}, environment });
  const daemonConfig = inspected?.config ?? null;
  const errors = inspected?.diagnostics.filter(({ severity }) => severity === "error") ?? [];
  const unix = "unix://";
  const path = config.serverUrl.startsWith(unix) ? config.serverUrl.slice(unix.length) : null;
  return {
    uid,
    user: users.userById(uid)?.name ?? String(uid),
    ctlFile: ctlFile === null ? null : absolutePath(ctlFile, environment.cwd),
    searched,
    refusal: refusal ?? null,
    serverUrl: config.serverUrl,
    hasCredentials: config.username !== null || config.token !== undefined,
    check: inspected === null ? null : {
      errors: errors.length,
      warnings: inspected.diagnostics.length - errors.length,
      first: errors[0] === undefined ? null : placeAndMessage(errors[0]),
    },
    listensAt: daemonConfig === null ? null : computeServerUrl(daemonConfig.servers),
    socket: path === null ? null : socketFacts(path),
    daemons: runningDaemons(),
    pidfile: daemonConfig === null ? null : pidfileFacts(daemonConfig.daemon.pidfile),
    reach: await reach(config),
    build: buildInfo.version,
    directories: daemonConfig === null ? [] : directories(daemonConfig),
    descriptors: descriptors(daemonConfig),
  };
}

function placeAndMessage(
  { file, line, message }: { file: string | null; line: number | null; message: string },
): string {
  return `${[file, line].filter((part) => part !== null).join(":")}: ${message}`;
}

function socketFacts(path: string): SocketFacts {
  try {
    const facts = statSync(path);
    return {
      path,
      kind: facts.isSocket() ? "socket" : "other",
      mode: facts.mode & 0o7777,
      uid: facts.uid,
      isOpenToUs: mayAccess(path, constants.R_OK | constants.W_OK),
    };
  } catch {
    // It is not there, or we may not look.
    return { path, kind: "missing", mode: 0, uid: 0, isOpenToUs: false };
  }
}

function mayAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function pidfileFacts(path: string): Facts["pidfile"] {
  let pid: number | null = null;
  try {
    const text = readFileSync(path, "utf8").trim();
    if (/^\d{1,9}$/.test(text)) pid = Number(text);
  } catch {
    // Not there: the daemon does not run, or has not written it.
  }
  return { path, pid, isAlive: pid !== null && isAlive(pid) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM";
  }
}

export function runningDaemons(): RunningDaemon[] {
  let names: string[];
  try {
    names = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      const daemon = daemonOf(words);
      return daemon === null ? [] : [{ pid: Number(name), configFile: placed(daemon, name) }];
    } catch {
      // It has ended since.
      return [];
    }
  });
}

/** A relative path begins where the daemon stands, if we may know. */
function placed({ configFile }: { readonly configFile: string | null }, pid: string) {
  if (configFile === null || configFile.startsWith("/")) return configFile;
  try {
    return absolutePath(configFile, readlinkSync(`/proc/${pid}/cwd`));
  } catch {
    return configFile;
  }
}

/** @param words a command line. null: it is no supervisord */
export function daemonOf(words: readonly string[]): { configFile: string | null } | null {
  // Supervisor's own is a script.
  const at = /(^|\/)python[\d.]*$/.test(words[0] ?? "") ? 1 : 0;
  if (!/(^|\/)supervisord$/.test(words[at] ?? "")) return null;
  const rest = words.slice(at + 1);
  // The other programs of the same file.
  if (["ctl", "print", "pidproxy", "echo-conf", "convert"].includes(rest[0] ?? "")) return null;
  for (const [i, word] of rest.entries()) {
    if (/^-[nskt]*c$/.test(word) || word === "--configuration") {
      return { configFile: rest[i + 1] ?? null };
    }
    const joined = /^(?:-[nskt]*c|--configuration=)(.+)$/.exec(word);
    if (joined !== null) return { configFile: joined[1] ?? null };
  }
  return { configFile: null };
}

const PATIENCE_MS = 5_000;

async function reach(config: CtlConfig): Promise<Reach> {
  const dial = nativeDial();
  const client = new RpcClient({
    serverUrl: config.serverUrl,
    username: config.username,
    password: config.password,
    token: config.token,
    tls: config.tls,
    ...(dial === null ? {} : { dial }),
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<Reach>((resolve) => {
    const text = `no answer within ${PATIENCE_MS / 1000} seconds`;
    timer = setTimeout(() => resolve({ kind: "fails", text }), PATIENCE_MS);
  });
  try {
    return await Promise.race([ask(client), patience]);
  } catch (error) {
    return whyNot(error);
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

async function ask(client: RpcClient): Promise<Reach> {
  const version = String(await client.call("supervisor.getSupervisorVersion"));
  const pid = await client.call("supervisor.getPID");
  const state = fieldOf(await client.call("supervisor.getState"), "statename");
  const infos = await client.call("supervisor.getAllProcessInfo");
  const processes = (Array.isArray(infos) ? infos : []).map((info) => {
    const name = fieldOf(info, "name");
    const group = fieldOf(info, "group");
    return { name: group === name ? name : `${group}:${name}`, state: fieldOf(info, "statename") };
  });
  const build = await buildOf(client);
  return {
    kind: "answers",
    pid: typeof pid === "number" ? pid : null,
    ...{ version, build, state, processes },
  };
}

function fieldOf(value: unknown, name: string): string {
  if (typeof value !== "object" || value === null) return "";
  const field: unknown = Object.entries(value as Record<string, Value>)
    .find(([key]) => key === name)?.[1];
  return typeof field === "string" ? field : "";
}

async function buildOf(client: RpcClient): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    await client.follow("/api/v1/daemon", (bytes) => text += decoder.decode(bytes));
    const version = fieldOf(JSON.parse(text), "version");
    return version === "" ? null : version;
  } catch {
    // Supervisor's own daemon has no such address.
    return null;
  }
}

export function whyNot(error: unknown): Reach {
  if (error instanceof ConnectionError) {
    return { kind: "unreachable", code: error.code, text: error.message };
  }
  if (error instanceof HttpStatusError) return { kind: "refuses", status: error.status };
  return { kind: "fails", text: error instanceof Error ? error.message : String(error) };
}

function directories({ daemon }: Config): DirectoryFacts[] {
  const ofMainLog = daemon.logfile === "syslog" ? null : directoryOf(daemon.logfile);
  const { childlogdir } = daemon;
  const wanted = ofMainLog === childlogdir || ofMainLog === null
    ? [{ what: "of the logs", path: childlogdir }]
    : [
      { what: "of the main log", path: ofMainLog },
      { what: "of the logs of the programs", path: childlogdir },
    ];
  return wanted.filter(({ path }) => !path.startsWith("/dev")).map(({ what, path }) => {
    const exists = mayAccess(path, constants.F_OK);
    return {
      ...{ what, path, exists },
      isWritable: mayAccess(path, constants.W_OK | constants.X_OK),
      freeBytes: exists ? freeBytes(path) : null,
    };
  });
}

function freeBytes(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(path);
    return Number(bavail) * Number(bsize);
  } catch {
    return null;
  }
}

function descriptors(config: Config | null): Facts["descriptors"] {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
    if (config === null || hard === undefined) return null;
    return { wanted: config.daemon.minfds, hard: Number(hard) };
  } catch {
    return null;
  }
}
