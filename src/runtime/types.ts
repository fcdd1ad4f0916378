/** What the rest of the program asks of a JavaScript runtime. Only this folder names Deno or Bun. */
import type { HttpServer, ServeOptions } from "./http_types.ts";
import type {
  DatagramSocket,
  PipePair,
  PipeReader,
  PipeReaderSink,
  PipeWriter,
  ReaderOptions,
} from "./pipe_types.ts";
import type { Credentials, Reaped, SpawnRequest, SpawnResult } from "./spawn_types.ts";

/** Both clocks in one place, so that tests can move them. */
export interface Clock {
  /** Milliseconds on a monotonic clock, fractional. */
  monotonic(): number;
  /** Milliseconds since the epoch. */
  wall(): number;
  /**
   * Milliseconds that local time is ahead of UTC at a moment, both since the epoch: the UTC fields
   * of a `Date` of their sum are the local ones. From the C library, which knows `TZ` and the zone
   * files as every other program of the host does; the local getters of `Date` load the engine's own
   * tables first, several milliseconds of a start.
   */
  utcOffset(wall: number): number;
  /** Calls back once after `ms` (at least on the next turn). Returns what cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** One user. */
export interface UserEntry {
  /** Login name. */
  readonly name: string;
  /** User id. */
  readonly uid: number;
  /** Primary group. */
  readonly gid: number;
  /** Home directory. */
  readonly home: string;
  /** Absent: nobody has looked. */
  readonly shell?: string;
}

/** One group. */
export interface GroupEntry {
  /** Its name. */
  readonly name: string;
  /** Group id. */
  readonly gid: number;
}

/** The user database, through libc (so that NSS sources count), with /etc/passwd as the fallback. */
export interface UserDatabase {
  /** null: there is no such user. */
  userByName(name: string): UserEntry | null;
  /** null: there is no such user. */
  userById(uid: number): UserEntry | null;
  /** null: there is no such group. */
  groupByName(name: string): GroupEntry | null;
  /** null: there is no such group. */
  groupById(gid: number): GroupEntry | null;
  /** Primary gid first, then every group that lists the user. */
  groupsOf(user: UserEntry): number[];
}

/** A limit of a process, as of getrlimit(2). */
export interface Limit {
  /** Infinity: unlimited. */
  readonly soft: number;
  /** How far `soft` may be raised; Infinity: unlimited. */
  readonly hard: number;
}

/** Who is at the other end of a unix socket. */
export interface Peer {
  /** Its process id when it connected. */
  readonly pid: number;
  /** Its user. */
  readonly uid: number;
  /** Its group. */
  readonly gid: number;
}

/** The C library as the rest of the program sees it: numbers and errors, no pointers. */
export interface System {
  /** Sends a signal; a negative pid means a process group. @throws SystemError */
  kill(pid: number, signal: number): void;
  /** Real user id of this process. */
  getuid(): number;
  /** Real group id of this process. */
  getgid(): number;
  /** Changes the whole process for good: setgroups, setgid, setuid. @throws SystemError */
  become(credentials: Credentials): void;
  /** How many descriptors this process, or processes this user, may have. */
  getLimit(resource: "nofile" | "nproc"): Limit;
  /**
   * Sets what getLimit() tells.
   *
   * @throws SystemError
   */
  setLimit(resource: "nofile" | "nproc", limit: Limit): void;
  /**
   * Sets the file mode mask.
   *
   * @returns the one before
   */
  umask(mask: number): number;
  /** Begins a new session. */
  setsid(): void;
  /** dup2 onto a target that stays open in children. @throws SystemError */
  dup2(from: number, to: number): void;
  /** Marks every descriptor from `first` up close-on-exec, whoever opened it. */
  closeOnExecFrom(first: number): void;
  /** Sets or clears O_NONBLOCK. */
  setNonBlocking(fd: number, on: boolean): void;
  /** Sets or clears close-on-exec. */
  setCloseOnExec(fd: number, on: boolean): void;
  /** Bytes in memory that have a descriptor (read from the start), and nothing else. Close-on-exec. */
  memoryFile(bytes: Uint8Array): number;
  /** The whole content of a file that can be sought, whoever opened it. @throws SystemError */
  readDescriptor(fd: number): Uint8Array;
  /** A listening socket for FastCGI children, close-on-exec. @throws SystemError */
  listen(
    address:
      | { readonly unix: string; readonly backlog: number }
      | { readonly host: string; readonly port: number; readonly backlog: number },
  ): number;
  /** Becomes the reaper of orphaned descendants (Linux prctl); false where there is no such thing. */
  becomeSubreaper(): boolean;
  /**
   * Makes signals wait in the kernel, at a moment when none is on its way to its handler: what
   * comes from then on is for the next program. Nothing else may be awaited before that.
   *
   * @returns what puts everything back as it was
   */
  settleSignals(): Promise<() => void>;
  /** Replaces the program text; returns only by throwing. @throws SystemError */
  execve(file: string, argv: readonly string[], env: Readonly<Record<string, string>>): never;
  /** One datagram line to the local syslog; never blocks, never throws. */
  syslog(ident: string, facilityLevel: number, text: string): void;
  /**
   * Sends one datagram to a unix socket: a path, or on Linux "@" and a name without a file. Never
   * waits.
   *
   * @throws SystemError ENOENT, ECONNREFUSED, EAGAIN (it is full) …
   */
  sendDatagram(path: string, bytes: Uint8Array): void;
  /** Who connected to a unix socket; null where the system does not tell. */
  peerOf(fd: number): Peer | null;
  /** Nodename of uname(2). */
  hostName(): string;
}

/** The runtime that this program is on. */
export interface Runtime {
  /** Which one. */
  readonly name: "bun" | "deno";
  /** Its version. */
  readonly version: string;
  /** Of this process. */
  readonly pid: number;
  /** The system's clocks. */
  readonly clock: Clock;
  /** The system's users and groups. */
  readonly users: UserDatabase;
  /** The C library. */
  readonly system: System;
  /** argv that starts this very program again (executable, and script when run from source). */
  readonly selfCommand: readonly string[];
  /** The name this program was invoked by, as typed (argv[0]). */
  readonly invokedAs: string;
  /** What the program was called with, without executable and script. */
  readonly args: readonly string[];

  /**
   * Gives back memory that was needed for a while and is not any more: garbage, and program text
   * that ran once. Takes some milliseconds, and what runs next is a little slower.
   */
  releaseMemory(): void;
  /**
   * Makes a pipe.
   *
   * @throws SystemError
   */
  pipe(): PipePair;
  /** Closes a descriptor. */
  closeFd(fd: number): void;
  /** Starts a child; what goes wrong is told by the result. */
  spawn(request: SpawnRequest): SpawnResult;
  /** wait4(-1, WNOHANG) until nobody is left to collect. */
  reap(): Reaped[];
  /** `SIGCHLD`, `SIGTERM`, …; the handler runs on the event loop, never inside another callback. */
  onSignal(name: string, handler: () => void): () => void;
  /** Takes the descriptor over, makes it non-blocking. */
  openReader(fd: number, sink: PipeReaderSink, options?: ReaderOptions): PipeReader;
  /** Takes the descriptor over, makes it non-blocking. */
  openWriter(fd: number): PipeWriter;
  /**
   * Binds a unix socket for datagrams, whose path must not exist. Descriptors that are sent along
   * are closed at once.
   *
   * @param where a path; or a descriptor of such a socket, which is taken over
   * @param receive one datagram, cut at 4 KiB; the view is only valid during the call
   * @throws SystemError
   */
  openDatagrams(where: string | number, receive: (datagram: Uint8Array) => void): DatagramSocket;
  /**
   * Opens a server. Without TLS the socket is bound before this returns, whatever is awaited.
   *
   * @throws SystemError as a rejection: EADDRINUSE, EACCES, ENOENT, …
   */
  serve(options: ServeOptions): Promise<HttpServer>;
}
