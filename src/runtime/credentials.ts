/**
 * The credentials of the calling thread, changed around one spawn and set back.
 *
 * For the Linux kernel credentials belong to a thread; it is libc that makes setuid(2) and friends
 * change all threads of a process. Called as raw system calls they change only the thread that
 * spawns, and the child is a copy of that thread. The saved user id stays 0 meanwhile, which is what
 * allows the way back; the child loses it in exec, which copies the effective id over the saved one
 * (execve(2)) and, no id being 0 then, drops every capability (capabilities(7)).
 */
import process from "node:process";
import { buffer, type Libc } from "./libc.ts";
import { PR_GET_DUMPABLE, PR_SET_DUMPABLE, SIGKILL, type SystemCalls } from "./platform.ts";
import type { Credentials, SystemError } from "./types.ts";

export type CredentialsFailure = {
  readonly part?: "setgroups" | "setgid" | "setuid";
  readonly code: string;
};

/** For an id: leave as it is. */
const KEEP = -1;

interface OwnCredentials {
  readonly ids: readonly [uid: number, gid: number];
  readonly groups: Uint8Array<ArrayBuffer>;
  readonly groupCount: number;
  readonly dumpable: number;
}

export class ThreadCredentials {
  readonly #libc: Libc;
  readonly #calls: SystemCalls | null;
  /** Read anew after `become`, which is the only thing that changes the daemon's own. */
  #own: OwnCredentials | undefined;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#calls = libc.platform.systemCalls;
  }

  /** The daemon changed its own credentials for good. */
  forget(): void {
    this.#own = undefined;
  }

  /**
   * Runs `action` as another user.
   *
   * @returns what `action` returned, or why the user could not be taken on
   */
  run<T>(wanted: Credentials, action: () => T): { value: T } | { failure: CredentialsFailure } {
    const { functions } = this.#libc;
    if (functions.geteuid() !== 0) return { failure: { code: "EPERM" } };
    // Other systems have no credentials per thread; there a user switch needs a program in between.
    if (this.#calls === null) return { failure: { code: "ENOTSUP" } };
    this.#own ??= this.#readOwn();
    const own = this.#own;
    try {
      const failure = this.#assume(this.#calls, wanted);
      return failure === null ? { value: action() } : { failure };
    } finally {
      this.#restore(this.#calls, own);
    }
  }

  #assume(calls: SystemCalls, { uid, gid, groups }: Credentials): CredentialsFailure | null {
    const { functions, failure } = this.#libc;
    const list = groupList(groups);
    if (functions.syscall(calls.setgroups, groups.length, this.#libc.addressOf(list), 0) !== 0) {
      return { part: "setgroups", code: failure("setgroups").code };
    }
    if (functions.syscall(calls.setresgid, gid, gid, KEEP) !== 0) {
      return { part: "setgid", code: failure("setresgid").code };
    }
    if (functions.syscall(calls.setresuid, uid, uid, KEEP) !== 0) {
      return { part: "setuid", code: failure("setresuid").code };
    }
    return null;
  }

  #restore(calls: SystemCalls, own: OwnCredentials): void {
    const { functions, failure, addressOf } = this.#libc;
    const [uid, gid] = own.ids;
    let broken: SystemError | null = null;
    if (functions.syscall(calls.setresuid, uid, 0, 0) !== 0) broken = failure("setresuid");
    if (functions.syscall(calls.setresgid, gid, gid, KEEP) !== 0) broken ??= failure("setresgid");
    const groups = addressOf(own.groups);
    if (functions.syscall(calls.setgroups, own.groupCount, groups, 0) !== 0) {
      broken ??= failure("setgroups");
    }
    // The kernel marks a process that changed its user as not to be dumped or looked into.
    functions.prctl(PR_SET_DUMPABLE, own.dumpable, 0, 0, 0);
    // Going on with one thread as another user would mean wrong owners for every file from here on,
    // and nobody to notice. Nothing that could be interrupted may run before the end.
    if (broken !== null) this.#die(broken);
  }

  #die(error: SystemError): never {
    const text = `supervisord: cannot return to its own credentials (${error.message}); ending\n`;
    const bytes = new TextEncoder().encode(text);
    this.#libc.functions.write(2, bytes, bytes.length);
    this.#libc.functions.kill(process.pid, SIGKILL);
    throw error;
  }

  #readOwn(): OwnCredentials {
    const { functions } = this.#libc;
    const groupCount = Math.max(0, functions.getgroups(0, null));
    const groups = buffer(Math.max(1, groupCount) * 4);
    functions.getgroups(groupCount, groups);
    const dumpable = functions.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    // 2 (readable by root only) can be met but not asked for.
    return {
      ids: [functions.getuid(), functions.getegid()],
      groups,
      groupCount,
      dumpable: dumpable === 1 ? 1 : 0,
    };
  }
}

/** gid_t[] as setgroups(2) wants it. */
export function groupList(groups: readonly number[]): Uint8Array<ArrayBuffer> {
  const list = new Uint32Array(new ArrayBuffer(Math.max(1, groups.length) * 4));
  list.set(groups);
  return new Uint8Array(list.buffer);
}
