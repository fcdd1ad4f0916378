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
import type { Credentials } from "./spawn_types.ts";
import type { SystemError } from "./system_error.ts";

export type CredentialsFailure = {
  readonly part?: "setgroups" | "setgid" | "setuid";
  readonly code: string;
};

/** For an id: leave as it is. Always given for the saved id, which has to stay 0. */
const KEEP = -1;

interface OwnCredentials {
  readonly uid: number;
  readonly gid: number;
  readonly effectiveGid: number;
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
    const undo: (() => SystemError | null)[] = [];
    try {
      const failure = this.#assume(this.#calls, wanted, this.#own, undo);
      return failure === null ? { value: action() } : { failure };
    } finally {
      this.#restore(undo, this.#own);
    }
  }

  /** Groups, then gid, then uid: the last one takes away the right to do the others. */
  #assume(
    calls: SystemCalls,
    { uid, gid, groups }: Credentials,
    own: OwnCredentials,
    undo: (() => SystemError | null)[],
  ): CredentialsFailure | null {
    const list = groupList(groups);
    const setgroups = (groups: Uint8Array<ArrayBuffer>, count: number) =>
      this.#try("setgroups", calls.setgroups, count, this.#libc.addressOf(groups), 0);
    const refusedGroups = setgroups(list, groups.length);
    if (refusedGroups !== null) return { part: "setgroups", code: refusedGroups.code };
    undo.push(() => setgroups(own.groups, own.groupCount));

    const setresgid = (real: number, effective: number) =>
      this.#try("setresgid", calls.setresgid, real, effective, KEEP);
    const refusedGid = setresgid(gid, gid);
    if (refusedGid !== null) return { part: "setgid", code: refusedGid.code };
    undo.push(() => setresgid(own.gid, own.effectiveGid));

    const setresuid = (real: number, effective: number) =>
      this.#try("setresuid", calls.setresuid, real, effective, KEEP);
    const refusedUid = setresuid(uid, uid);
    if (refusedUid !== null) return { part: "setuid", code: refusedUid.code };
    // Two steps: a real id that was not 0 can be asked for only once the effective one is.
    undo.push(() => setresuid(KEEP, 0) ?? setresuid(own.uid, KEEP));
    return null;
  }

  #try(name: string, call: number, a: number, b: number, c: number): SystemError | null {
    return this.#libc.functions.syscall(call, a, b, c) === 0 ? null : this.#libc.failure(name);
  }

  #restore(undo: (() => SystemError | null)[], own: OwnCredentials): void {
    let broken: SystemError | null = null;
    for (const step of undo.reverse()) broken ??= step();
    // The kernel marks a process that changed its user as not to be dumped or looked into.
    this.#libc.functions.prctl(PR_SET_DUMPABLE, own.dumpable, 0, 0, 0);
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
      uid: functions.getuid(),
      gid: functions.getgid(),
      effectiveGid: functions.getegid(),
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
