/**
 * The C functions this program calls, as one table that both runtimes load through their own FFI.
 *
 * Arguments are numbers and byte buffers only. Where a structure holds pointers, they are written
 * as 64 bit numbers (`addressOf`), so that nothing above this file knows either runtime's pointer
 * type. Buffers must be backed by an ArrayBuffer of their own (`buffer()` below): small typed arrays
 * made otherwise live in the engine's heap, which may move them between two calls.
 */
import { errnoCode } from "./errors.ts";
import type { Platform } from "./platform.ts";
import { SystemError } from "./system_error.ts";

/** `pointer`: an address as a number, 0 for NULL. `buffer`: bytes, or null for NULL. */
export type ArgumentKind = "i32" | "u32" | "i64" | "u64" | "pointer" | "buffer";
/** Sizes returned as `i32` are right as long as nobody asks for 2 GiB at once; nobody does. */
export type ResultKind = "i32" | "u32" | "pointer" | "void";

export interface Signature {
  readonly args: readonly ArgumentKind[];
  readonly result: ResultKind;
  /** How many arguments come before the `...` of the C prototype. */
  readonly fixed?: number;
  /** Missing elsewhere. */
  readonly only?: "linux" | "darwin";
}

function c<const A extends readonly ArgumentKind[], const R extends ResultKind>(
  args: A,
  result: R,
  rest: { fixed?: number; only?: "linux" | "darwin" } = {},
): { args: A; result: R; fixed?: number; only?: "linux" | "darwin" } {
  return { args, result, ...rest };
}

export const SIGNATURES = {
  // descriptors
  read: c(["i32", "buffer", "u64"], "i32"),
  write: c(["i32", "buffer", "u64"], "i32"),
  close: c(["i32"], "i32"),
  pipe: c(["buffer"], "i32"),
  pipe2: c(["buffer", "i32"], "i32", { only: "linux" }),
  dup2: c(["i32", "i32"], "i32"),
  fcntl: c(["i32", "i32", "i64"], "i32", { fixed: 2 }),
  open: c(["buffer", "i32", "i32"], "i32", { fixed: 2 }),
  isatty: c(["i32"], "i32"),
  lseek: c(["i32", "i64", "i32"], "i32"),
  memfd_create: c(["buffer", "u32"], "i32", { only: "linux" }),
  epoll_create1: c(["i32"], "i32", { only: "linux" }),
  epoll_ctl: c(["i32", "i32", "i32", "buffer"], "i32", { only: "linux" }),
  epoll_wait: c(["i32", "buffer", "i32", "i32"], "i32", { only: "linux" }),
  poll: c(["buffer", "u64", "i32"], "i32"),
  // processes
  posix_spawn: c(["buffer", "buffer", "buffer", "buffer", "buffer", "buffer"], "i32"),
  posix_spawnattr_init: c(["buffer"], "i32"),
  posix_spawnattr_setflags: c(["buffer", "i32"], "i32"),
  posix_spawnattr_setpgroup: c(["buffer", "i32"], "i32"),
  posix_spawnattr_setsigdefault: c(["buffer", "buffer"], "i32"),
  posix_spawnattr_setsigmask: c(["buffer", "buffer"], "i32"),
  posix_spawn_file_actions_init: c(["buffer"], "i32"),
  posix_spawn_file_actions_adddup2: c(["buffer", "i32", "i32"], "i32"),
  posix_spawn_file_actions_destroy: c(["buffer"], "i32"),
  wait4: c(["i32", "buffer", "i32", "buffer"], "i32"),
  kill: c(["i32", "i32"], "i32"),
  execve: c(["buffer", "buffer", "buffer"], "i32"),
  setsid: c([], "i32"),
  chdir: c(["buffer"], "i32"),
  fchdir: c(["i32"], "i32"),
  umask: c(["u32"], "u32"),
  getrlimit: c(["i32", "buffer"], "i32"),
  setrlimit: c(["i32", "buffer"], "i32"),
  prctl: c(["i32", "u64", "u64", "u64", "u64"], "i32", { fixed: 1, only: "linux" }),
  syscall: c(["i64", "i64", "i64", "i64"], "i32", { fixed: 1, only: "linux" }),
  mount: c(["buffer", "buffer", "buffer", "u64", "buffer"], "i32", { only: "linux" }),
  pthread_sigmask: c(["i32", "buffer", "buffer"], "i32"),
  sigaction: c(["i32", "buffer", "buffer"], "i32"),
  clock_gettime: c(["i32", "buffer"], "i32"),
  localtime_r: c(["buffer", "buffer"], "pointer"),
  // identity
  getuid: c([], "u32"),
  geteuid: c([], "u32"),
  getgid: c([], "u32"),
  getegid: c([], "u32"),
  getgroups: c(["i32", "buffer"], "i32"),
  setgroups: c(["u64", "buffer"], "i32"),
  setgid: c(["u32"], "i32"),
  setuid: c(["u32"], "i32"),
  getpwnam: c(["buffer"], "pointer"),
  getpwuid: c(["u32"], "pointer"),
  getgrnam: c(["buffer"], "pointer"),
  getgrgid: c(["u32"], "pointer"),
  getgrouplist: c(["buffer", "u32", "buffer", "buffer"], "i32"),
  // sockets
  socket: c(["i32", "i32", "i32"], "i32"),
  setsockopt: c(["i32", "i32", "i32", "buffer", "u32"], "i32"),
  getsockopt: c(["i32", "i32", "i32", "buffer", "buffer"], "i32"),
  bind: c(["i32", "buffer", "u32"], "i32"),
  listen: c(["i32", "i32"], "i32"),
  connect: c(["i32", "buffer", "u32"], "i32"),
  getaddrinfo: c(["buffer", "buffer", "buffer", "buffer"], "i32"),
  inet_pton: c(["i32", "buffer", "buffer"], "i32"),
  freeaddrinfo: c(["pointer"], "void"),
  // memory
  madvise: c(["pointer", "u64", "i32"], "i32"),
  memcpy: c(["buffer", "pointer", "u64"], "pointer"),
  strlen: c(["pointer"], "i32"),
} as const satisfies Readonly<Record<string, Signature>>;

type Argument<K> = K extends "buffer" ? Uint8Array<ArrayBuffer> | null : number;
type Result<K> = K extends "void" ? void : number;
type Arguments<A extends readonly ArgumentKind[]> = { -readonly [I in keyof A]: Argument<A[I]> };
type Callable<S extends Signature> = (...args: Arguments<S["args"]>) => Result<S["result"]>;

/** The loaded functions. Those of another platform are absent and throw a TypeError when called. */
export type LibcFunctions = {
  readonly [N in keyof typeof SIGNATURES]: Callable<(typeof SIGNATURES)[N]>;
};

/** What a runtime's FFI gives. */
export interface LoadedLibrary {
  readonly functions: LibcFunctions;
  /** Where the bytes of a buffer are. Valid as long as the buffer is referenced. */
  addressOf(bytes: Uint8Array<ArrayBuffer>): number;
  /** A live view of the calling thread's errno. */
  readonly errno: Int32Array;
  /** The runtime's own object for the library, kept so that a collection does not unload it. */
  readonly handle: unknown;
}

/**
 * The first of these libraries that can be opened.
 *
 * @throws Error with the reason why the first one could not, when none can
 */
export function firstLibrary<T>(names: readonly string[], open: (name: string) => T): T {
  let failure: unknown;
  for (const name of names) {
    try {
      return open(name);
    } catch (error) {
      failure ??= error;
    }
  }
  throw new Error(`Cannot load the C library (tried ${names.join(", ")})`, { cause: failure });
}

/** The functions plus what nearly every caller needs around them. */
export interface Libc extends LoadedLibrary {
  readonly platform: Platform;
  /** The error of the call that just failed. Must be asked before any other call. */
  failure(call: string, detail?: string): SystemError;
}

/** The signatures this platform has. */
export function signaturesFor(platform: Platform): [name: string, signature: Signature][] {
  const all = Object.entries<Signature>(SIGNATURES);
  return all.filter(([, { only }]) => only === undefined || only === platform.os);
}

/** The same signature with what Apple's arm64 puts between fixed and variadic arguments. */
export function paddedArguments(signature: Signature, platform: Platform): {
  args: ArgumentKind[];
  pad: (args: readonly unknown[]) => readonly unknown[];
} {
  const { args, fixed } = signature;
  if (!platform.variadicOnStack || fixed === undefined) {
    return { args: [...args], pad: (given) => given };
  }
  // Eight registers take the first arguments, whatever is behind them goes on the stack.
  const fillers = 8 - fixed;
  return {
    args: [
      ...args.slice(0, fixed),
      ...Array<ArgumentKind>(fillers).fill("i64"),
      ...args.slice(fixed),
    ],
    pad: (
      given,
    ) => [...given.slice(0, fixed), ...Array<number>(fillers).fill(0), ...given.slice(fixed)],
  };
}

export function createLibc(library: LoadedLibrary, platform: Platform): Libc {
  return {
    ...library,
    platform,
    failure(call, detail = "") {
      const number = library.errno[0] ?? 0;
      return new SystemError(errnoCode(number), number, call, detail);
    },
  };
}

/** Zeroed bytes that stay where they are (see the top of this file). */
export function buffer(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length));
}

const encoder = new TextEncoder();

/** A C string. The text must not contain NUL; `hasNul` tells. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`${text}\0`);
}

export function hasNul(text: string): boolean {
  return text.includes("\0");
}

/** A NULL-terminated array of C strings, as execve(2) and posix_spawn(3) want it. */
export interface StringVector {
  /** The pointers: the argument to pass. */
  readonly pointers: Uint8Array<ArrayBuffer>;
  /** What they point to; must be kept referenced as long as the pointers are used. */
  readonly text: Uint8Array<ArrayBuffer>;
}

export function stringVector(libc: LoadedLibrary, strings: readonly string[]): StringVector {
  // One encode for all strings: a call per string is what made spawning slow. Every UTF-16 unit
  // takes at most three bytes.
  const joined = strings.length === 0 ? "" : `${strings.join("\0")}\0`;
  const text = buffer(joined.length * 3 + 1);
  const { written } = encoder.encodeInto(joined, text);
  const pointers = buffer((strings.length + 1) * 8);
  const view = new DataView(pointers.buffer);
  const base = libc.addressOf(text);
  let at = 0;
  for (let i = 0; i < strings.length; i++) {
    writePointer(view, i * 8, base + at);
    at = text.indexOf(0, at) + 1;
  }
  if (at !== written) throw new TypeError("A string with a NUL byte cannot be passed to C");
  return { pointers, text };
}

/** Writes an address as the processor does (both that this runs on are little-endian). */
export function writePointer(view: DataView, offset: number, address: number): void {
  view.setUint32(offset, address % 0x1_0000_0000, true);
  view.setUint32(offset + 4, Math.floor(address / 0x1_0000_0000), true);
}

export function readPointer(view: DataView, offset: number): number {
  return view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 0x1_0000_0000;
}

/** Copies `length` bytes at an address. */
export function readMemory(libc: LoadedLibrary, address: number, length: number): DataView {
  const bytes = buffer(length);
  libc.functions.memcpy(bytes, address, length);
  return new DataView(bytes.buffer);
}

/** The C string at an address; "" for NULL. */
export function readCString(libc: LoadedLibrary, address: number): string {
  if (address === 0) return "";
  const length = libc.functions.strlen(address);
  return new TextDecoder().decode(readMemory(libc, address, length).buffer as ArrayBuffer);
}
