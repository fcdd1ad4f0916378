/** What the rest of the program asks of a JavaScript runtime. Only this folder names Deno or Bun. */

import type { SecureContext } from "node:tls";

/** Both clocks in one place, so that tests can move them. */
export interface Clock {
  /** Milliseconds on a monotonic clock, fractional. */
  monotonic(): number;
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Calls back once after `ms` (at least on the next turn). Returns what cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** A failed system call: `code` is the symbol (`ENOENT`), `errno` the number. */
export class SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly call: string;
  constructor(code: string, errno: number, call: string, detail = "") {
    super(`${call}: ${code}${detail === "" ? "" : ` (${detail})`}`);
    this.name = "SystemError";
    this.code = code;
    this.errno = errno;
    this.call = call;
  }
}

/** The user a child runs as: everything setgroups/setgid/setuid need. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, the primary first. */
  readonly groups: readonly number[];
}

export interface SpawnRequest {
  /** Absolute or relative path of the file to execute; never searched on PATH. */
  readonly file: string;
  /** argv, argv[0] included. */
  readonly argv: readonly string[];
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  /** null: the daemon's own. */
  readonly cwd: string | null;
  /** null: the daemon's own. */
  readonly umask: number | null;
  /** null: the daemon's own user, groups untouched. */
  readonly credentials: Credentials | null;
  /** The descriptors that become 0, 1 and 2 of the child; everything else stays closed there. */
  readonly stdio: readonly [number, number, number];
  /** More of them, by the number they have in the child: 3 or above. */
  readonly descriptors?: ReadonlyMap<number, number>;
}

export type ResourceName =
  | "cpu"
  | "fsize"
  | "data"
  | "stack"
  | "core"
  | "nproc"
  | "nofile"
  | "memlock"
  | "as";

/** What a child is put under between its birth and its command. Plain data, for JSON as well. */
export interface Confinement {
  /** null: unlimited. */
  readonly rlimits?: Readonly<
    Partial<Record<ResourceName, { readonly soft: number | null; readonly hard: number | null }>>
  >;
  readonly nice?: number;
  /** Classes of ioprio_set(2): 1 realtime, 2 best-effort, 3 idle. */
  readonly ionice?: { readonly class: 1 | 2 | 3; readonly level: number };
  readonly oomScoreAdj?: number;
  /** Numbers of processors. */
  readonly cpus?: readonly number[];
  readonly noNewPrivs?: boolean;
  /** Numbers of those that stay, all others go; absent: as the system has it. */
  readonly capabilities?: readonly number[];
  /** Absolute path. */
  readonly chroot?: string;
  /** An empty /tmp and /var/tmp of its own. */
  readonly privateTmp?: boolean;
}

/** Where a spawn failed: before any process existed, or in what the child must do before exec. */
export type SpawnFailureStep = "fork" | "credentials" | "chdir" | "exec";

export type SpawnResult =
  | { readonly ok: true; readonly pid: number }
  | {
    readonly ok: false;
    readonly step: SpawnFailureStep;
    /** Symbol, e.g. `EAGAIN`. */
    readonly code: string;
    /** For "credentials": which part was refused. */
    readonly part?: "setgroups" | "setgid" | "setuid";
  };

/** What a process, and those of its descendants that it waited for, have used. */
export interface ResourceUse {
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly maxResidentBytes: number;
}

/** One child collected by wait4(-1): its raw wait status. */
export interface Reaped {
  readonly pid: number;
  readonly status: number;
  readonly usage?: ResourceUse;
}

/** A real pipe, close-on-exec on both ends, blocking as created. */
export interface PipePair {
  readonly read: number;
  readonly write: number;
}

export interface PipeReaderSink {
  /** Bytes as they came. The view is only valid during the call: copy what is to be kept. */
  data(chunk: Uint8Array): void;
  /** End of file (or a read error, which ends the stream alike). The descriptor is closed already. */
  end(): void;
}

export interface ReaderOptions {
  /**
   * Somebody waits for an answer to what is read here, so each write is delivered at once. Without
   * it (the default) a steady stream of small writes is gathered for a millisecond.
   */
  readonly prompt?: boolean;
}

/** One owner per descriptor: nobody else may read from it. */
export interface PipeReader {
  readonly fd: number;
  /**
   * Reads now until the pipe is empty, ends, or about `limit` bytes were taken (default: no
   * limit but one pipe buffer's worth of turns), delivering to the sink synchronously.
   */
  drain(limit?: number): void;
  /** Stop delivering (back-pressure: the child blocks when its pipe is full); resume() goes on. */
  pause(): void;
  resume(): void;
  /** Stops reading and closes the descriptor; end() is not called. Idempotent. */
  close(): void;
  /** Stops reading and gives the descriptor back open, for a handover. */
  release(): number;
}

/** A queue of bytes in front of a non-blocking descriptor. */
export interface PipeWriter {
  readonly fd: number;
  /** Bytes accepted but not yet taken by the other end. */
  readonly pending: number;
  /**
   * Queues bytes and writes what fits now.
   * @throws SystemError EPIPE when the other end is closed
   */
  write(bytes: Uint8Array): void;
  /** Called when a queued write finds the other end closed; the writer is closed then. */
  onError(callback: (error: SystemError) => void): void;
  /** Called each time the queue becomes empty after having held something. */
  onDrain(callback: () => void): void;
  close(): void;
  release(): { fd: number; unwritten: Uint8Array };
  /** A copy of what is pending; everything goes on as it is. */
  unsent(): Uint8Array;
}

/** What a server leaves to the program that takes over this process. Descriptors are open in it. */
export interface ServerHandover {
  /** The listening socket. Whoever connects meanwhile waits in its queue. */
  readonly fd: number;
  readonly port: number;
  /** Connections between two requests, with what came of the next one. */
  readonly connections: readonly { readonly fd: number; readonly input: Uint8Array }[];
}

/** A unix socket that receives datagrams. */
export interface DatagramSocket {
  readonly fd: number;
  /** Takes now what has arrived but was not delivered yet. */
  drain(): void;
  /** Closes it; its file stays. Idempotent. */
  close(): void;
}

/** An HTTP server on one socket. */
export interface HttpServer {
  /** The TCP port that was bound (useful after asking for 0); 0 for a unix socket. */
  readonly port: number;
  /** Requests whose answers are being made or sent. Endless answers are `streaming` instead. */
  readonly busy: number;
  /** Those of them whose answers are being made. */
  readonly working: number;
  readonly streaming: number;
  /** Stops listening and closes all connections, also those in the middle of an answer. */
  stop(): Promise<void>;
  /**
   * From now on no request is begun: what comes waits, on connections and for them. What has begun
   * goes on.
   *
   * @param changed called whenever `busy` or `streaming` may have become smaller
   */
  freeze(changed: () => void): void;
  /** Goes on with what has waited. */
  thaw(): void;
  /** Ends endless answers so that their clients see a whole answer. */
  endStreams(): void;
  /**
   * Of a frozen server: descriptors that stay open when this process goes on as another program.
   * They belong to the caller, except for the listening one; the server itself is not changed.
   *
   * @returns null where the runtime does not tell which socket it listens on
   */
  handOver(): ServerHandover | null;
}

/** Who is at the other end of a unix socket. */
export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** What a request handler is told about the connection. */
export interface ConnectionInfo {
  /** `127.0.0.1`, or "" on a unix socket. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Its descriptor, where the runtime tells. */
  readonly fd?: number | undefined;
  /** Common name of the certificate that the client has shown, and that was verified. */
  readonly certificate?: string | undefined;
}

/**
 * A response that has its body at hand, too. The server sends that one: getting it back out of a
 * Response takes longer than all the rest of a short answer.
 */
export interface WholeResponse extends Response {
  readonly whole: string | Uint8Array;
}

/** What one TLS connection is made with. */
export interface TlsMaterial {
  /** Certificate, key and who may sign those of clients. */
  readonly context: SecureContext;
  /** Clients without a certificate that was signed so are refused. */
  readonly wantsCertificate: boolean;
}

export interface TlsServer {
  /** Asked for each connection. */
  current(): TlsMaterial;
}

export interface ServeOptions {
  /** Either a unix socket path to bind (must not exist) … */
  readonly unix?: string;
  /** … or an address; "" means every IPv4 interface. */
  readonly hostname?: string;
  readonly port?: number;
  /** Speak TLS. */
  readonly tls?: TlsServer;
  /** Goes on with the sockets of the program before this one instead of binding; `unix` and the
   * rest tell what they are. */
  readonly adopt?: ServerHandover;
  /** Bodies above this many bytes are answered 413 by the runtime. */
  readonly maxBodyBytes: number;
  /** The Server header of answers that the runtime gives by itself. */
  readonly serverName?: string;
  readonly fetch: (request: Request, info: ConnectionInfo) => Response | Promise<Response>;
}

export interface UserEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** Absent: nobody has looked. */
  readonly shell?: string;
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
}

/** The user database, through libc (so that NSS sources count), with /etc/passwd as the fallback. */
export interface UserDatabase {
  userByName(name: string): UserEntry | null;
  userById(uid: number): UserEntry | null;
  groupByName(name: string): GroupEntry | null;
  groupById(gid: number): GroupEntry | null;
  /** Primary gid first, then every group that lists the user. */
  groupsOf(user: UserEntry): number[];
}

export interface Limit {
  /** Infinity: unlimited. */
  readonly soft: number;
  readonly hard: number;
}

/** The C library as the rest of the program sees it: numbers and errors, no pointers. */
export interface System {
  /** Sends a signal; a negative pid means a process group. @throws SystemError */
  kill(pid: number, signal: number): void;
  getuid(): number;
  getgid(): number;
  /** Changes the whole process for good: setgroups, setgid, setuid. @throws SystemError */
  become(credentials: Credentials): void;
  getLimit(resource: "nofile" | "nproc"): Limit;
  /** @throws SystemError */
  setLimit(resource: "nofile" | "nproc", limit: Limit): void;
  umask(mask: number): number;
  setsid(): void;
  /** dup2 onto a target that stays open in children. @throws SystemError */
  dup2(from: number, to: number): void;
  /** Marks every descriptor from `first` up close-on-exec, whoever opened it. */
  closeOnExecFrom(first: number): void;
  setNonBlocking(fd: number, on: boolean): void;
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

export interface Runtime {
  readonly name: "bun" | "deno";
  readonly version: string;
  readonly pid: number;
  readonly clock: Clock;
  readonly users: UserDatabase;
  readonly system: System;
  /** argv that starts this very program again (executable, and script when run from source). */
  readonly selfCommand: readonly string[];
  /** The name this program was invoked by, as typed (argv[0]). */
  readonly invokedAs: string;
  readonly args: readonly string[];

  /**
   * Gives back memory that was needed for a while and is not any more: garbage, and program text
   * that ran once. Takes some milliseconds, and what runs next is a little slower.
   */
  releaseMemory(): void;
  pipe(): PipePair;
  closeFd(fd: number): void;
  spawn(request: SpawnRequest): SpawnResult;
  /** wait4(-1, WNOHANG) until nobody is left to collect. */
  reap(): Reaped[];
  /** `SIGCHLD`, `SIGTERM`, …; the handler runs on the event loop, never inside another callback. */
  onSignal(name: string, handler: () => void): () => void;
  /** Takes the descriptor over, makes it non-blocking. */
  openReader(fd: number, sink: PipeReaderSink, options?: ReaderOptions): PipeReader;
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

/** Where a server listens that a client wants to talk to. */
export type ServerAddress =
  | { readonly kind: "unix"; readonly path: string }
  | {
    readonly kind: "tcp";
    readonly host: string;
    readonly port: number;
    /** Speak TLS. */
    readonly isSecure?: boolean;
  };

/** What is told about a connection. After `closed` nothing more is. */
export interface DialHandlers {
  /** The view is only valid during the call. */
  data(bytes: Uint8Array): void;
  /** By the other end, or broken: then with the system's error. */
  closed(error: Error | null): void;
}

/** An open connection. */
export interface Link {
  /** Bytes go out in order, when the other end takes them. */
  write(bytes: Uint8Array): void;
  /** Ends it at once; `closed` is not called. */
  close(): void;
}

/** Connects, or rejects with the system's error (`code` is ECONNREFUSED, ENOENT, ENOTFOUND …). */
export type Dial = (address: ServerAddress, handlers: DialHandlers) => Promise<Link>;
