/**
 * What a child needs between its birth and its command, and posix_spawn(3) has no attribute for:
 * the child is this very program, which puts itself under the limits and becomes the command, with
 * the same pid. Only programs that ask for it are started so; it takes some 30 ms.
 */
import { writeFileSync } from "node:fs";
import { constants } from "node:os";
import process from "node:process";
import { bunHost } from "./bun.ts";
import { ThreadCredentials } from "./credentials.ts";
import { denoHost } from "./deno.ts";
import { buffer, createLibc, cString, type Libc, stringVector } from "./libc.ts";
import { currentPlatform } from "./platform.ts";
import { SIGSET_SIZE } from "./signal_mask.ts";
import { createSystem } from "./system.ts";
import type { Confinement, Credentials, ResourceName } from "./spawn_types.ts";
import { SystemError } from "./system_error.ts";

/** What is to be started, as JSON hands it over. */
export interface LaunchRequest {
  readonly file: string;
  readonly argv: readonly string[];
  readonly cwd: string | null;
  readonly umask: number | null;
  readonly credentials: Credentials | null;
  /** Descriptors beside the first three that the command is to have. */
  readonly descriptors: readonly number[];
  readonly confinement: Confinement;
  /** Directory of a control group to enter; null: stay. */
  readonly controlGroup: string | null;
}

const RESOURCES: Readonly<Record<"linux" | "darwin", Readonly<Record<ResourceName, number>>>> = {
  linux: { cpu: 0, fsize: 1, data: 2, stack: 3, core: 4, nproc: 6, nofile: 7, memlock: 8, as: 9 },
  darwin: { cpu: 0, fsize: 1, data: 2, stack: 3, core: 4, as: 5, memlock: 6, nproc: 7, nofile: 8 },
};

/** Linux; the C library has no function for some, and with others all threads would be changed. */
const CALLS = {
  x64: {
    setpriority: 141,
    ioprio_set: 251,
    sched_setaffinity: 203,
    unshare: 272,
    chroot: 161,
    capset: 126,
  },
  arm64: {
    setpriority: 140,
    ioprio_set: 30,
    sched_setaffinity: 122,
    unshare: 97,
    chroot: 51,
    capset: 91,
  },
} as const;

const PR_SET_KEEPCAPS = 8;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_RAISE = 2;
/** _LINUX_CAPABILITY_VERSION_3 */
const CAPABILITY_VERSION = 0x20080522;
const MOST_CAPABILITIES = 64;
const CLONE_NEWNS = 0x20000;
const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_REC = 0x4000;
const MS_PRIVATE = 0x40000;
const CPU_MASK_BYTES = 128;
const LAST_SIGNAL = 64;
const SIGACTION_ROOM = 256;
const SIG_IGN = 1;

/**
 * Becomes the command.
 *
 * @returns only when that did not work: why not, as the end of a sentence
 */
export function launch(request: LaunchRequest, env: Readonly<Record<string, string>>): string {
  const host = bunHost() ?? denoHost();
  if (host === null) return "neither Bun nor Deno";
  const platform = currentPlatform();
  const libc = createLibc(host.loadLibrary(platform), platform);
  try {
    return new Launcher(libc).run(request, env);
  } catch (error) {
    if (error instanceof LaunchError) return error.message;
    return error instanceof Error ? error.message : String(error);
  }
}

class LaunchError extends Error {}

class Launcher {
  readonly #libc: Libc;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** @throws LaunchError */
  run(request: LaunchRequest, env: Readonly<Record<string, string>>): never {
    const { confinement, credentials, cwd, umask } = request;
    const { functions } = this.#libc;
    const system = createSystem(() => this.#libc, () => new ThreadCredentials(this.#libc));
    this.#enterControlGroup(request.controlGroup);
    this.#setPriorities(confinement);
    if (confinement.privateTmp === true) this.#makePrivateTmp();
    if (confinement.chroot !== undefined) this.#changeRoot(confinement.chroot);
    const { as, data, ...early } = confinement.rlimits ?? {};
    this.#setLimits(early);
    if (confinement.capabilities !== undefined) this.#dropBounding(confinement.capabilities);
    if (credentials !== null) {
      this.#attempt(`couldn't setuid to ${credentials.uid}`, () => system.become(credentials));
    }
    if (confinement.capabilities !== undefined) this.#keepCapabilities(confinement.capabilities);
    if (confinement.noNewPrivs === true) {
      this.#check(
        functions.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        "couldn't set no_new_privs",
      );
    }
    if (umask !== null) functions.umask(umask);
    if (cwd !== null) this.#check(functions.chdir(cString(cwd)), `couldn't chdir to ${cwd}`);
    system.closeOnExecFrom(3);
    for (const fd of request.descriptors) system.setCloseOnExec(fd, false);
    this.#resetSignals();
    const words = stringVector(this.#libc, request.argv);
    const variables = stringVector(
      this.#libc,
      Object.entries(env).map(([name, value]) => `${name}=${value}`),
    );
    const file = cString(request.file);
    // Last, as little memory is needed from here on.
    this.#setLimits({ ...(as && { as }), ...(data && { data }) });
    functions.execve(file, words.pointers, variables.pointers);
    const { code } = this.#libc.failure("execve");
    throw new LaunchError(`couldn't exec ${request.argv[0] ?? request.file}: ${code}`);
  }

  #enterControlGroup(directory: string | null): void {
    if (directory === null) return;
    this.#attempt(`couldn't enter the control group ${directory}`, () => {
      writeFileSync(`${directory}/cgroup.procs`, "0");
    });
  }

  #setPriorities({ nice, ionice, oomScoreAdj, cpus }: Confinement): void {
    if (nice !== undefined) {
      this.#check(this.#call("setpriority", 0, 0, nice), `couldn't set nice to ${nice}`);
    }
    if (ionice !== undefined) {
      const priority = ionice.class * 2 ** 13 + ionice.level;
      this.#check(this.#call("ioprio_set", 1, 0, priority), "couldn't set ionice");
    }
    if (oomScoreAdj !== undefined) {
      this.#attempt(`couldn't set oom_score_adj to ${oomScoreAdj}`, () => {
        writeFileSync("/proc/self/oom_score_adj", String(oomScoreAdj));
      });
    }
    if (cpus !== undefined) {
      const mask = buffer(CPU_MASK_BYTES);
      for (const cpu of cpus) mask[cpu >> 3] = (mask[cpu >> 3] ?? 0) | (1 << (cpu & 7));
      const result = this.#call("sched_setaffinity", 0, mask.length, this.#libc.addressOf(mask));
      this.#check(result, `couldn't set cpu_affinity to ${cpus.join(",")}`);
    }
  }

  #makePrivateTmp(): void {
    const { functions } = this.#libc;
    const what = "couldn't make a private /tmp";
    this.#check(this.#call("unshare", CLONE_NEWNS, 0, 0), what);
    // What is mounted from here on is nobody else's.
    const none = cString("none");
    this.#check(functions.mount(none, cString("/"), null, MS_REC + MS_PRIVATE, null), what);
    for (const place of ["/tmp", "/var/tmp"]) {
      const type = cString("tmpfs");
      const flags = MS_NOSUID + MS_NODEV;
      this.#check(
        functions.mount(type, cString(place), type, flags, cString("mode=1777")),
        `${what} at ${place}`,
      );
    }
  }

  #changeRoot(directory: string): void {
    const what = `couldn't chroot to ${directory}`;
    const path = cString(directory);
    this.#check(this.#call("chroot", this.#libc.addressOf(path), 0, 0), what);
    this.#check(this.#libc.functions.chdir(cString("/")), what);
  }

  #setLimits(limits: NonNullable<Confinement["rlimits"]>): void {
    const { functions, platform } = this.#libc;
    for (const [name, { soft, hard }] of Object.entries(limits)) {
      const both = buffer(16);
      const view = new DataView(both.buffer);
      view.setBigUint64(0, soft === null ? platform.RLIM_INFINITY : BigInt(soft), true);
      view.setBigUint64(8, hard === null ? platform.RLIM_INFINITY : BigInt(hard), true);
      const text = (value: number | null) => value ?? "unlimited";
      this.#check(
        functions.setrlimit(RESOURCES[platform.os][name as ResourceName], both),
        `couldn't set rlimit_${name} to ${text(soft)}:${text(hard)}`,
      );
    }
  }

  /** Whoever is root in the command has no more than these either. */
  #dropBounding(kept: readonly number[]): void {
    const { functions } = this.#libc;
    for (let number = 0; number < MOST_CAPABILITIES; number++) {
      if (kept.includes(number)) continue;
      if (functions.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) === 0) continue;
      const { code } = this.#libc.failure("prctl");
      // Behind the last one that this kernel knows.
      if (code === "EINVAL") break;
      throw new LaunchError(`couldn't drop capabilities: ${code}`);
    }
    this.#check(functions.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "couldn't keep capabilities");
  }

  /** Permitted and effective here, and ambient so that they are in the command, too. */
  #keepCapabilities(kept: readonly number[]): void {
    const header = buffer(8);
    new DataView(header.buffer).setUint32(0, CAPABILITY_VERSION, true);
    // Twice, for the lower and the upper 32: effective, permitted, inheritable.
    const sets = buffer(24);
    const view = new DataView(sets.buffer);
    for (const number of kept) {
      const half = number < 32 ? 0 : 12;
      for (const at of [half, half + 4, half + 8]) {
        view.setUint32(at, (view.getUint32(at, true) | (1 << (number % 32))) >>> 0, true);
      }
    }
    const what = "couldn't keep capabilities";
    const { addressOf, functions } = this.#libc;
    this.#check(this.#call("capset", addressOf(header), addressOf(sets), 0), what);
    for (const number of kept) {
      this.#check(functions.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0), what);
    }
  }

  /** As posix_spawn gives them to other children: nothing ignored, nothing blocked. */
  #resetSignals(): void {
    const { functions, platform } = this.#libc;
    for (let number = 1; number <= LAST_SIGNAL; number++) {
      if (number === constants.signals.SIGKILL || number === constants.signals.SIGSTOP) continue;
      const action = buffer(SIGACTION_ROOM);
      if (functions.sigaction(number, null, action) !== 0) continue;
      const handler = new DataView(action.buffer).getBigUint64(0, true);
      // Those with a handler become default by execve(2) itself; until then the runtime has them.
      if (handler === BigInt(SIG_IGN)) functions.sigaction(number, buffer(SIGACTION_ROOM), null);
    }
    functions.pthread_sigmask(platform.SIG_SETMASK, buffer(SIGSET_SIZE), null);
  }

  #call(name: keyof typeof CALLS["x64"], a: number, b: number, c: number): number {
    if (process.platform !== "linux") throw new LaunchError(`${name} is for Linux only`);
    return this.#libc.functions.syscall(CALLS[process.arch as "x64" | "arm64"][name], a, b, c);
  }

  /** @throws LaunchError */
  #check(result: number, what: string): void {
    if (result === -1) throw new LaunchError(`${what}: ${this.#libc.failure("launch").code}`);
  }

  /** @throws LaunchError */
  #attempt(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      throw new LaunchError(`${what}: ${codeOf(error)}`);
    }
  }
}

function codeOf(error: unknown): string {
  if (error instanceof SystemError) return error.code;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code ?? (error instanceof Error ? error.message : String(error));
}
