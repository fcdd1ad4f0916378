/**
 * Children through posix_spawn(3), and their exit reports through wait4(2).
 *
 * posix_spawn and not the runtime's own spawn: a child gets its own process group in our session,
 * default signal dispositions, an empty mask and exactly three descriptors, and an errno comes back
 * in the call. What it has no attribute for (directory, umask, credentials) is set on us around the
 * call and set back; that is safe because the daemon itself uses absolute paths only and everything
 * here is synchronous.
 */
import type { CredentialsFailure, ThreadCredentials } from "./credentials.ts";
import { errnoCode } from "./errors.ts";
import { ExecStrings } from "./exec_strings.ts";
import { buffer, cString, hasNul, type Libc } from "./libc.ts";
import { WNOHANG } from "./platform.ts";
import { SIGSET_SIZE } from "./signal_mask.ts";
import type { Reaped, ResourceUse, SpawnRequest, SpawnResult } from "./spawn_types.ts";

const POSIX_SPAWN_SETPGROUP = 2;
const POSIX_SPAWN_SETSIGDEF = 4;
const POSIX_SPAWN_SETSIGMASK = 8;

/** struct rusage: two times and 14 longs. */
const RUSAGE_ROOM = 144;

/** Room for posix_spawnattr_t (336 bytes in glibc and musl) and posix_spawn_file_actions_t (80). */
const STRUCT_ROOM = 512;

/** What posix_spawn says when there was no process to be had; all else it says is about exec. */
const FORK_FAILURES: ReadonlySet<string> = new Set(["EAGAIN", "ENOMEM"]);

const STANDARD_DESCRIPTORS = [0, 1, 2] as const;
const FIRST_OTHER_DESCRIPTOR = 3;
const NOTHING: readonly number[] = [];

export class Spawner {
  readonly #libc: Libc;
  readonly #credentials: ThreadCredentials;
  readonly #attributes: Uint8Array<ArrayBuffer>;
  readonly #fileActions = buffer(STRUCT_ROOM);
  readonly #arguments: ExecStrings;
  readonly #environment: ExecStrings;
  readonly #pid = new Int32Array(new ArrayBuffer(4));
  readonly #status = new Int32Array(new ArrayBuffer(4));
  readonly #usage = new DataView(new ArrayBuffer(RUSAGE_ROOM));

  constructor(libc: Libc, credentials: ThreadCredentials) {
    this.#libc = libc;
    this.#credentials = credentials;
    this.#attributes = spawnAttributes(libc);
    this.#arguments = new ExecStrings(libc);
    this.#environment = new ExecStrings(libc);
  }

  spawn(request: SpawnRequest): SpawnResult {
    if (hasNul(request.file) || request.argv.some(hasNul) || (request.cwd && hasNul(request.cwd))) {
      return { ok: false, step: "exec", code: "EINVAL" };
    }
    const { credentials } = request;
    // Already that user: nothing to change, and a non-root daemon may run its own children.
    if (credentials === null || credentials.uid === this.#libc.functions.getuid()) {
      return this.#inDirectory(request);
    }
    const result = this.#withRestoredPlace(
      request,
      () => this.#credentials.run(credentials, () => this.#enterAndStart(request)),
    );
    return "failure" in result ? credentialsFailure(result.failure) : result.value;
  }

  /** wait4(-1) until nobody is left: SIGCHLD is one signal for any number of exits. */
  reap(): Reaped[] {
    const { functions, errno } = this.#libc;
    const status = new Uint8Array(this.#status.buffer);
    const usage = new Uint8Array(this.#usage.buffer);
    const reaped: Reaped[] = [];
    for (;;) {
      const pid = functions.wait4(-1, status, WNOHANG, usage);
      if (pid > 0) reaped.push({ pid, status: this.#status[0] ?? 0, usage: this.#usageOfReaped() });
      else if (pid === 0 || errnoCode(errno[0] ?? 0) !== "EINTR") return reaped;
    }
  }

  #usageOfReaped(): ResourceUse {
    const view = this.#usage;
    // Seconds and microseconds; both fit 32 bits (macOS has no more for the latter).
    const seconds = (at: number) => view.getInt32(at, true) + view.getInt32(at + 8, true) / 1e6;
    // Linux counts kilobytes, macOS bytes.
    const unit = this.#libc.platform.os === "linux" ? 1024 : 1;
    return {
      userSeconds: seconds(0),
      systemSeconds: seconds(16),
      maxResidentBytes: Number(view.getBigInt64(32, true)) * unit,
    };
  }

  #inDirectory(request: SpawnRequest): SpawnResult {
    return this.#withRestoredPlace(request, () => this.#enterAndStart(request));
  }

  /**
   * Sets directory and umask back after `action`, as the user we are.
   *
   * The way back is a descriptor of the directory and not its name: it may have been renamed or
   * removed. If it can be entered no longer, "/" is where the daemon is from then on; none of its own
   * paths is relative.
   */
  #withRestoredPlace<T>({ cwd, umask }: SpawnRequest, action: () => T): T {
    const { functions, platform } = this.#libc;
    if (cwd === null && umask === null) return action();
    const here = cwd === null
      ? -1
      : functions.open(cString("."), platform.O_PATH | platform.O_CLOEXEC, 0);
    const previousUmask = umask === null ? -1 : functions.umask(umask);
    try {
      return action();
    } finally {
      if (previousUmask !== -1) functions.umask(previousUmask);
      if (cwd !== null && (here === -1 || functions.fchdir(here) !== 0)) {
        functions.chdir(cString("/"));
      }
      if (here !== -1) functions.close(here);
    }
  }

  /** What the child is to be is in force: enter its directory (as its user) and start it. */
  #enterAndStart(request: SpawnRequest): SpawnResult {
    if (request.cwd !== null && this.#libc.functions.chdir(cString(request.cwd)) !== 0) {
      return { ok: false, step: "chdir", code: this.#libc.failure("chdir").code };
    }
    return this.#start(request);
  }

  #start({ file, argv, env, commonEnv, stdio, descriptors }: SpawnRequest): SpawnResult {
    const { functions } = this.#libc;
    const actions = this.#fileActions;
    const sources = this.#liftTargets(stdio, descriptors);
    const words = this.#arguments.list(argv);
    const variables = this.#environment.environment(env, commonEnv);
    functions.posix_spawn_file_actions_init(actions);
    try {
      for (let i = 0; i < sources.fds.length; i++) {
        const target = sources.targets?.[i] ?? i;
        functions.posix_spawn_file_actions_adddup2(actions, sources.fds[i] ?? -1, target);
      }
      const pid = new Uint8Array(this.#pid.buffer);
      const failure = functions.posix_spawn(
        pid,
        cString(file),
        actions,
        this.#attributes,
        words,
        variables,
      );
      if (failure === 0) return { ok: true, pid: this.#pid[0] ?? 0 };
      const code = errnoCode(failure);
      return { ok: false, step: FORK_FAILURES.has(code) ? "fork" : "exec", code };
    } finally {
      functions.posix_spawn_file_actions_destroy(actions);
      for (const fd of sources.copies) functions.close(fd);
    }
  }

  /**
   * Sources of dup2 that are targets themselves are copied out of the way first: an earlier dup2
   * would replace them, and one onto itself would leave close-on-exec set (older C libraries).
   */
  #liftTargets(
    stdio: SpawnRequest["stdio"],
    descriptors: SpawnRequest["descriptors"],
  ): { fds: readonly number[]; targets: readonly number[] | null; copies: readonly number[] } {
    if (descriptors === undefined && stdio.every((fd) => fd >= FIRST_OTHER_DESCRIPTOR)) {
      return { fds: stdio, targets: null, copies: NOTHING };
    }
    const { functions, platform } = this.#libc;
    const more = descriptors === undefined ? [] : [...descriptors.keys()];
    const firstFree = Math.max(FIRST_OTHER_DESCRIPTOR, ...more.map((target) => target + 1));
    const copies: number[] = [];
    const lift = (fd: number) => {
      if (fd >= firstFree) return fd;
      const copy = functions.fcntl(fd, platform.F_DUPFD_CLOEXEC, firstFree);
      if (copy !== -1) copies.push(copy);
      return copy;
    };
    const fds = stdio.map(lift);
    if (descriptors === undefined) return { fds, targets: null, copies };
    return {
      fds: [...fds, ...[...descriptors.values()].map(lift)],
      targets: [...STANDARD_DESCRIPTORS, ...more],
      copies,
    };
  }
}

function credentialsFailure({ code, part }: CredentialsFailure): SpawnResult {
  return part === undefined
    ? { ok: false, step: "credentials", code }
    : { ok: false, step: "credentials", code, part };
}

/** The same for every child: own group, all signals default, none blocked. */
function spawnAttributes(libc: Libc): Uint8Array<ArrayBuffer> {
  const { functions } = libc;
  const attributes = buffer(STRUCT_ROOM);
  // Filled by hand: sigfillset(3) leaves out the two signals glibc keeps for its threads, which a
  // child would then find ignored.
  const everySignal = buffer(SIGSET_SIZE).fill(0xff);
  functions.posix_spawnattr_init(attributes);
  functions.posix_spawnattr_setflags(
    attributes,
    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK,
  );
  functions.posix_spawnattr_setpgroup(attributes, 0);
  functions.posix_spawnattr_setsigdefault(attributes, everySignal);
  functions.posix_spawnattr_setsigmask(attributes, buffer(SIGSET_SIZE));
  return attributes;
}
