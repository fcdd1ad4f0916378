/** What the whole process is and may: user, limits, signals, descriptors, program text. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { internetAddress, unixAddress } from "./addresses.ts";
import { utcOffset } from "./clock.ts";
import { groupList, type ThreadCredentials } from "./credentials.ts";
import { buffer, cString, type Libc, stringVector } from "./libc.ts";
import {
  AF_UNIX,
  CLOSE_RANGE_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  PR_SET_CHILD_SUBREAPER,
  SOCK_DGRAM,
  SOCK_STREAM,
} from "./platform.ts";
import { hasUndelivered, holdSignals } from "./signal_mask.ts";
import { Syslog, syslogLine } from "./syslog.ts";
import type { Credentials } from "./spawn_types.ts";
import type { Limit, System } from "./types.ts";

/** Linux: `struct ucred` of who connected. */
const SO_PEERCRED = 17;
type PeerNumbers = [pid: number, uid: number, gid: number];

/** A busy event loop is not waited for without end: a millisecond each. */
const SETTLING_LOOKS = 200;

const HIGHEST_DESCRIPTOR = 0xffff_ffff;
const SEEK_SET = 0;
const SEEK_END = 2;
const MFD_CLOEXEC = 1;

/**
 * @param libc loads the C library on the first call
 * @param credentials told when the daemon changes its own user
 */
export function createSystem(libc: () => Libc, credentials: () => ThreadCredentials): System {
  let log: Syslog | undefined;
  /** For calls that answer -1 on failure. */
  function check(result: number, call: string, detail = ""): number {
    if (result === -1) throw libc().failure(call, detail);
    return result;
  }
  function changeFlag(fd: number, get: number, set: number, flag: number, on: boolean): void {
    const { functions } = libc();
    const before = check(functions.fcntl(fd, get, 0), "fcntl");
    const after = on ? before | flag : before & ~flag;
    if (after !== before) check(functions.fcntl(fd, set, after), "fcntl");
  }
  function setCloseOnExec(fd: number, on: boolean): void {
    changeFlag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, on);
  }
  function resourceNumber(resource: "nofile" | "nproc"): number {
    const { platform } = libc();
    return resource === "nofile" ? platform.RLIMIT_NOFILE : platform.RLIMIT_NPROC;
  }

  return {
    kill(pid, signal) {
      check(libc().functions.kill(pid, signal), "kill", String(pid));
    },
    getuid: () => libc().functions.getuid(),
    getgid: () => libc().functions.getgid(),
    become({ uid, gid, groups }: Credentials) {
      const { functions } = libc();
      // libc's functions, not the system calls: all threads have to change.
      check(functions.setgroups(groups.length, groupList(groups)), "setgroups");
      check(functions.setgid(gid), "setgid", String(gid));
      check(functions.setuid(uid), "setuid", String(uid));
      credentials().forget();
    },
    getLimit(resource): Limit {
      const limits = buffer(16);
      check(libc().functions.getrlimit(resourceNumber(resource), limits), "getrlimit");
      const view = new DataView(limits.buffer);
      const { RLIM_INFINITY } = libc().platform;
      const read = (offset: number) => {
        const value = view.getBigUint64(offset, true);
        return value === RLIM_INFINITY ? Infinity : Number(value);
      };
      return { soft: read(0), hard: read(8) };
    },
    setLimit(resource, { soft, hard }) {
      const limits = buffer(16);
      const view = new DataView(limits.buffer);
      const { RLIM_INFINITY } = libc().platform;
      const write = (offset: number, value: number) =>
        view.setBigUint64(offset, value === Infinity ? RLIM_INFINITY : BigInt(value), true);
      write(0, soft);
      write(8, hard);
      check(libc().functions.setrlimit(resourceNumber(resource), limits), "setrlimit");
    },
    umask: (mask) => libc().functions.umask(mask),
    setsid() {
      check(libc().functions.setsid(), "setsid");
    },
    dup2(from, to) {
      check(libc().functions.dup2(from, to), "dup2", `${from} to ${to}`);
      // dup2 of a descriptor onto itself does nothing, not even clear the flag.
      if (from === to) setCloseOnExec(to, false);
    },
    closeOnExecFrom(first) {
      const { functions, platform } = libc();
      const calls = platform.systemCalls;
      if (
        calls !== null &&
        functions.syscall(calls.close_range, first, HIGHEST_DESCRIPTOR, CLOSE_RANGE_CLOEXEC) === 0
      ) return;
      // A kernel before 5.11, or a sandbox that does not know the call.
      for (const name of readdirSync(platform.os === "linux" ? "/proc/self/fd" : "/dev/fd")) {
        const fd = Number(name);
        // The directory's own descriptor is in the list and gone by now; failing is all right.
        if (fd >= first) functions.fcntl(fd, F_SETFD, FD_CLOEXEC);
      }
    },
    setNonBlocking(fd, on) {
      changeFlag(fd, F_GETFL, F_SETFL, libc().platform.O_NONBLOCK, on);
    },
    setCloseOnExec,
    memoryFile(bytes) {
      const { functions } = libc();
      const fd = openMemory(libc());
      const content = new Uint8Array(bytes);
      try {
        for (let at = 0; at < content.length;) {
          const rest = content.subarray(at);
          at += check(functions.write(fd, rest, rest.length), "write");
        }
        check(functions.lseek(fd, 0, SEEK_SET), "lseek");
        return fd;
      } catch (error) {
        functions.close(fd);
        throw error;
      }
    },
    readDescriptor(fd) {
      const { functions } = libc();
      const size = check(functions.lseek(fd, 0, SEEK_END), "lseek", `fd ${fd}`);
      check(functions.lseek(fd, 0, SEEK_SET), "lseek");
      const bytes = buffer(size);
      for (let at = 0; at < size;) {
        const rest = bytes.subarray(at);
        const count = check(functions.read(fd, rest, rest.length), "read");
        if (count === 0) return bytes.subarray(0, at);
        at += count;
      }
      return bytes;
    },
    listen(address) {
      const { functions, platform } = libc();
      const target = "unix" in address
        ? unixAddress(platform, address.unix)
        : internetAddress(libc(), address.host, address.port);
      const name = "unix" in address ? address.unix : `${address.host}:${address.port}`;
      const fd = check(functions.socket(target.family, SOCK_STREAM, 0), "socket");
      try {
        setCloseOnExec(fd, true);
        if (!("unix" in address)) {
          const one = buffer(4);
          one[0] = 1;
          check(
            functions.setsockopt(fd, platform.SOL_SOCKET, platform.SO_REUSEADDR, one, one.length),
            "setsockopt",
          );
        }
        check(functions.bind(fd, target.bytes, target.bytes.length), "bind", name);
        check(functions.listen(fd, address.backlog), "listen", name);
        return fd;
      } catch (error) {
        functions.close(fd);
        throw error;
      }
    },
    becomeSubreaper() {
      const { functions, platform } = libc();
      return platform.os === "linux" && functions.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) === 0;
    },
    async settleSignals() {
      for (let look = 0; look < SETTLING_LOOKS; look++) {
        const release = holdSignals(libc());
        // Held now, in the kernel: what was caught before is either delivered, or on its way.
        if (!hasUndelivered(libc())) return release;
        release();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return holdSignals(libc());
    },
    execve(file, argv, env): never {
      const { functions } = libc();
      const words = stringVector(libc(), argv);
      const variables = stringVector(
        libc(),
        Object.entries(env).map(([name, value]) => `${name}=${value}`),
      );
      const restoreMask = holdSignals(libc());
      functions.execve(cString(file), words.pointers, variables.pointers);
      const failure = libc().failure("execve", file);
      restoreMask();
      throw failure;
    },
    syslog(ident, facilityLevel, text) {
      try {
        log ??= new Syslog(libc());
        const now = Date.now();
        const local = new Date(now + utcOffset(libc(), now));
        log.send(syslogLine(ident, facilityLevel, text, local));
      } catch {
        // There is no syslog here, and nobody better to tell.
      }
    },
    sendDatagram(path, bytes) {
      const { functions, platform } = libc();
      const address = unixAddress(platform, path);
      const fd = check(functions.socket(AF_UNIX, SOCK_DGRAM, 0), "socket");
      try {
        setCloseOnExec(fd, true);
        changeFlag(fd, F_GETFL, F_SETFL, platform.O_NONBLOCK, true);
        check(functions.connect(fd, address.bytes, address.bytes.length), "connect", path);
        const message = buffer(bytes.length);
        message.set(bytes);
        check(functions.write(fd, message, message.length), "write", path);
      } finally {
        functions.close(fd);
      }
    },
    peerOf(fd) {
      const { functions, platform } = libc();
      if (platform.os !== "linux") return null;
      const peer = buffer(12);
      const length = buffer(4);
      new DataView(length.buffer).setUint32(0, peer.length, true);
      if (functions.getsockopt(fd, platform.SOL_SOCKET, SO_PEERCRED, peer, length) !== 0) {
        return null;
      }
      const view = new DataView(peer.buffer);
      const [pid, uid, gid] = [0, 4, 8].map((at) => view.getUint32(at, true)) as PeerNumbers;
      // Who is in a pid namespace that we do not see has the number 0 here, and is still somebody.
      return { pid, uid, gid };
    },
    hostName: hostname,
  };
}

/** An empty file without a name: in memory where the system can do that. */
function openMemory({ functions, platform, failure }: Libc): number {
  if (platform.os === "linux") {
    const fd = functions.memfd_create(cString("supervisord"), MFD_CLOEXEC);
    if (fd === -1) throw failure("memfd_create");
    return fd;
  }
  const directory = mkdtempSync(join(tmpdir(), "supervisord-"));
  try {
    const flags = platform.O_RDWR | platform.O_CREAT | platform.O_CLOEXEC;
    const fd = functions.open(cString(join(directory, "state")), flags, 0o600);
    if (fd === -1) throw failure("open", directory);
    return fd;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
