/** Numbers that the kernel and the C library fix per platform; nothing here is computed or called. */
import process from "node:process";

/** What differs between the systems and processors this program is built for. */
export interface Platform {
  readonly os: "linux" | "darwin";
  /** Tried in this order. */
  readonly libraries: readonly string[];
  /**
   * Arguments of a variadic C function (fcntl, ioctl, syscall) after the fixed ones go on the stack
   * on Apple's arm64, everywhere else in registers like any other.
   */
  readonly variadicOnStack: boolean;
  readonly errnoFunction: "__errno_location" | "__error";
  readonly O_NONBLOCK: number;
  readonly O_ASYNC: number;
  readonly O_CLOEXEC: number;
  readonly O_RDWR: number;
  readonly O_CREAT: number;
  /** O_PATH where it exists, else O_RDONLY. */
  readonly O_PATH: number;
  readonly F_SETOWN: number;
  readonly F_DUPFD_CLOEXEC: number;
  readonly SIGIO: number;
  readonly SIG_BLOCK: number;
  readonly SIG_UNBLOCK: number;
  readonly SIG_SETMASK: number;
  readonly SOL_SOCKET: number;
  readonly SO_REUSEADDR: number;
  readonly AF_INET6: number;
  readonly RLIMIT_NPROC: number;
  readonly RLIMIT_NOFILE: number;
  readonly RLIM_INFINITY: bigint;
  readonly CLOCK_MONOTONIC: number;
  /** Longest path of a unix socket in bytes, the closing NUL not counted. */
  readonly unixPathMax: number;
  /** Offset of pw_dir in struct passwd. */
  readonly passwdHomeOffset: number;
  /** Offset of ai_addr in struct addrinfo. */
  readonly addrinfoAddressOffset: number;
  /** sockaddr begins with a length byte and a family byte instead of a 16 bit family. */
  readonly sockaddrHasLength: boolean;
  /** struct epoll_event: packed on x64 alone. */
  readonly epollEventSize: number;
  readonly epollDataOffset: number;
  /** Numbers for syscall(2); empty where there is no such interface. */
  readonly systemCalls: SystemCalls | null;
}

/**
 * System calls that must change the calling thread alone (libc's own functions of these names change
 * all threads), or that older C libraries do not have.
 */
export interface SystemCalls {
  readonly setresuid: number;
  readonly getresuid: number;
  readonly setresgid: number;
  readonly getresgid: number;
  readonly setgroups: number;
  readonly close_range: number;
}

/** Values that are the same everywhere this program runs. */
export const F_DUPFD = 0;
export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const FD_CLOEXEC = 1;
export const WNOHANG = 1;
export const SIGKILL = 9;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;

/** Linux only. */
export const SOL_SOCKET_LINUX = 1;
export const SO_ACCEPTCONN = 30;
export const F_SETPIPE_SZ = 1031;
export const PR_SET_CHILD_SUBREAPER = 36;
export const PR_GET_DUMPABLE = 3;
export const PR_SET_DUMPABLE = 4;
export const CLOSE_RANGE_CLOEXEC = 4;

const LINUX_X64_CALLS: SystemCalls = {
  setresuid: 117,
  getresuid: 118,
  setresgid: 119,
  getresgid: 120,
  setgroups: 116,
  close_range: 436,
};

const LINUX_ARM64_CALLS: SystemCalls = {
  setresuid: 147,
  getresuid: 148,
  setresgid: 149,
  getresgid: 150,
  setgroups: 159,
  close_range: 436,
};

function linux(arch: "x64" | "arm64"): Platform {
  const muslArch = arch === "x64" ? "x86_64" : "aarch64";
  return {
    os: "linux",
    libraries: ["libc.so.6", `libc.musl-${muslArch}.so.1`, "libc.so"],
    variadicOnStack: false,
    errnoFunction: "__errno_location",
    O_NONBLOCK: 0x800,
    O_ASYNC: 0x2000,
    O_CLOEXEC: 0x80000,
    O_RDWR: 0x2,
    O_CREAT: 0x40,
    O_PATH: 0x200000,
    F_SETOWN: 8,
    F_DUPFD_CLOEXEC: 1030,
    SIGIO: 29,
    SIG_BLOCK: 0,
    SIG_UNBLOCK: 1,
    SIG_SETMASK: 2,
    SOL_SOCKET: 1,
    SO_REUSEADDR: 2,
    AF_INET6: 10,
    RLIMIT_NPROC: 6,
    RLIMIT_NOFILE: 7,
    RLIM_INFINITY: 0xffff_ffff_ffff_ffffn,
    CLOCK_MONOTONIC: 1,
    unixPathMax: 107,
    passwdHomeOffset: 32,
    addrinfoAddressOffset: 24,
    sockaddrHasLength: false,
    epollEventSize: arch === "x64" ? 12 : 16,
    epollDataOffset: arch === "x64" ? 4 : 8,
    systemCalls: arch === "x64" ? LINUX_X64_CALLS : LINUX_ARM64_CALLS,
  };
}

/** From Apple's headers; the types fit, but nothing here has been run on a Mac. */
function darwin(arch: "x64" | "arm64"): Platform {
  return {
    os: "darwin",
    libraries: ["libSystem.B.dylib"],
    variadicOnStack: arch === "arm64",
    errnoFunction: "__error",
    O_NONBLOCK: 0x4,
    O_ASYNC: 0x40,
    O_CLOEXEC: 0x1000000,
    O_RDWR: 0x2,
    O_CREAT: 0x200,
    O_PATH: 0,
    F_SETOWN: 6,
    F_DUPFD_CLOEXEC: 67,
    SIGIO: 23,
    SIG_BLOCK: 1,
    SIG_UNBLOCK: 2,
    SIG_SETMASK: 3,
    SOL_SOCKET: 0xffff,
    SO_REUSEADDR: 4,
    AF_INET6: 30,
    RLIMIT_NPROC: 7,
    RLIMIT_NOFILE: 8,
    RLIM_INFINITY: 0x7fff_ffff_ffff_ffffn,
    CLOCK_MONOTONIC: 6,
    unixPathMax: 103,
    passwdHomeOffset: 48,
    addrinfoAddressOffset: 32,
    sockaddrHasLength: true,
    epollEventSize: 0,
    epollDataOffset: 0,
    systemCalls: null,
  };
}

/**
 * The platform of this process.
 * @throws Error on an operating system or processor this program is not written for
 */
export function currentPlatform(): Platform {
  const { platform, arch } = process;
  if (arch === "x64" || arch === "arm64") {
    if (platform === "linux") return linux(arch);
    if (platform === "darwin") return darwin(arch);
  }
  throw new Error(`Cannot run on ${platform} ${arch}: Linux or macOS on x64 or arm64 is needed`);
}
